"""What nbgrader has collected: submitted/STUDENT/ASSIGNMENT/, with the time in timestamp.txt.

The folder of the course is taken as well as its folder `submitted`. Where students have handed in
several assignments, the one that is graded here has the name that `autograder release` gives it.
"""

import re
from collections import Counter
from datetime import UTC, datetime

from checkkit.text import one_line

from .locations import Location
from .source import Student, SubmissionSource
from .submission import BadSubmission
from .trees import Tree, ending, real_folders

ASSIGNMENT = "diffusion-models"  # of the course that `autograder release` makes
SUBMITTED, TIMESTAMP = "submitted", "timestamp.txt"
OF_A_COURSE = {"gradebook.db", "nbgrader_config.py"}
TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,6})?(?: (UTC|[+-]\d{4}))?\s*")
MAX_BYTES = 100


def nbgrader(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions of a course; none where this is none."""
    if SUBMITTED in tree.folders and OF_A_COURSE & {*tree.names}:
        tree, location = tree.enter(SUBMITTED), location.below(SUBMITTED)
        if not real_folders(tree):
            return [
                SubmissionSource(
                    location, location.whole, problem="holds no student; run nbgrader collect"
                )
            ]
    elif not any(_collected(tree.enter(name)) for name in real_folders(tree)):
        return []
    handed_in = {name: real_folders(tree.enter(name)) for name in real_folders(tree)}
    named = Counter(assignment for folders in handed_in.values() for assignment in folders)
    assignment = ASSIGNMENT if ASSIGNMENT in named else next(iter(named), "")
    if len(named) > 1 and assignment != ASSIGNMENT:
        problem = f"has several assignments ({_listed(named)}), and none is {ASSIGNMENT}; name one"
        return [
            SubmissionSource(
                location, location.whole, problem=f"{problem} as submitted/*/ASSIGNMENT"
            )
        ]
    return [
        _found(tree.enter(student), location.below(student), student, assignment)
        for student, folders in handed_in.items()
        if assignment in folders
    ]


def _collected(student: Tree) -> bool:
    """Whether a folder of a student holds what nbgrader has collected."""
    inside = (student.enter(name) for name in real_folders(student))
    return any(TIMESTAMP in one.files and ending(one.files, ".ipynb") for one in inside)


def _found(student: Tree, location: Location, name: str, assignment: str) -> SubmissionSource:
    who = Student(one_line(name, 100))
    when = _time(student.enter(assignment))
    return SubmissionSource(location.below(assignment), location.whole, (who,), when)


def _time(tree: Tree) -> datetime | None:
    """When it came, in UTC where nothing else is said, as nbgrader does."""
    try:
        words = tree.read(TIMESTAMP, MAX_BYTES).decode() if TIMESTAMP in tree.files else ""
    except (BadSubmission, UnicodeError):
        return None
    if not (match := TIME.fullmatch(words)):
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+0000" if zone in (None, "UTC") else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{(fraction or '.0')[:7]:0<7}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _listed(names: Counter[str]) -> str:
    listed = [one_line(name, 40) for name in sorted(names)]
    return ", ".join(listed[:4]) + (", ..." if len(listed) > 4 else "")

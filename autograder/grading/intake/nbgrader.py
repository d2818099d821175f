"""What nbgrader has collected: submitted/STUDENT/ASSIGNMENT/, with the time in timestamp.txt.

The folder of the course is taken as well as its folder `submitted`. Where students have handed in
several assignments, the one that is graded here has the name that `autograder release` gives it.
"""

from collections import Counter

from checkkit.text import one_line

from .naming import listed
from .source import IdKind, Location, Student, SubmissionSource
from .submission import BadSubmission
from .trees import Tree, ending, real_folders

ASSIGNMENT = "diffusion-models"  # of the course that `autograder release` makes
SUBMITTED, TIMESTAMP = "submitted", "timestamp.txt"
OF_A_COURSE = {"gradebook.db", "nbgrader_config.py"}
MAX_BYTES = 100


def nbgrader(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions of a course; none where this is none."""
    if SUBMITTED in tree.folders and OF_A_COURSE & {*tree.kinds}:
        tree, location = tree.enter(SUBMITTED), location.below(SUBMITTED)
        if not real_folders(tree):
            problem = "holds no student; run nbgrader collect"
            return [SubmissionSource(location, location.whole, problem=problem)]
    elif not any(_collected(tree.enter(name)) for name in real_folders(tree)):
        return []
    handed_in = {name: real_folders(tree.enter(name)) for name in real_folders(tree)}
    named = Counter(assignment for folders in handed_in.values() for assignment in folders)
    assignment = ASSIGNMENT if ASSIGNMENT in named else next(iter(named), "")
    if len(named) > 1 and assignment != ASSIGNMENT:
        names = listed(sorted(named))
        problem = f"has several assignments ({names}), and none is {ASSIGNMENT}; name one"
        problem += " as submitted/*/ASSIGNMENT"
        return [SubmissionSource(location, location.whole, problem=problem)]
    return [
        SubmissionSource(
            location.below(student, assignment),
            location.whole / student,
            (Student(one_line(student, 100), kind=IdKind.NBGRADER),),
            time_text=_time_text(tree.enter(student).enter(assignment)),
        )
        for student, folders in handed_in.items()
        if assignment in folders
    ]


def _collected(student: Tree) -> bool:
    """Whether a folder of a student holds what nbgrader has collected."""
    inside = (student.enter(name) for name in real_folders(student))
    return any(TIMESTAMP in one.files and ending(one.files, ".ipynb") for one in inside)


def _time_text(tree: Tree) -> str:
    """When it came, as nbgrader has written it down: in UTC, or with the name of a time zone."""
    try:
        content = tree.read(TIMESTAMP, MAX_BYTES) if TIMESTAMP in tree.files else b""
    except BadSubmission as error:
        return error.why
    return content.decode(errors="replace")

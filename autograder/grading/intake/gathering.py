"""From paths to submissions: which are one, which are many, and in whose format.

What lies in a path decides, never its name. But what lies in a zip came from a student, and a
student must not speak for others: what is named beside single submissions is none that holds
others, and within a collection nothing is a collection again.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from .canvas_moodle import canvas, moodle
from .gradescope import gradescope
from .locating import holds_a_submission
from .naming import listed, named
from .nbgrader import nbgrader
from .policy import IntakePolicy
from .side_by_side import hold_one_each, is_loose, side_by_side
from .source import Location, SubmissionSource, timed
from .submission import PACKAGE, BadSubmission, shown
from .trees import DiskFolder, Tree, nested

FORMATS = (nbgrader, gradescope, moodle, canvas)


def gather(paths: Sequence[Path], policy: IntakePolicy | None = None) -> list[SubmissionSource]:
    """Every submission in these paths, with a name of its own; none of them is read yet.

    A path is one submission (a folder or zip that holds the package or a notebook, files of it) or
    a collection: a folder or zip of folders, zips, notebooks and Python files, an export of
    Gradescope, a download of Canvas or Moodle, clones of GitHub Classroom, a course of nbgrader.
    What cannot be read is there too, and says why when it is read. `policy` is that of the course.
    """
    policy = policy or IntakePolicy()
    absolute = list(dict.fromkeys(path.absolute() for path in paths))
    by_path = {one.path: one for one in _sources(absolute, policy)}
    return [
        timed(replace(by_path[path], name=name, path=shown(path), policy=policy))
        for name, path in named(list(by_path))
    ]


def _sources(paths: Sequence[Path], policy: IntakePolicy) -> Iterator[SubmissionSource]:
    """The submissions of all paths together."""
    siblings = defaultdict(list)
    for path in paths:
        siblings[path.parent].append(path)
    rest = []
    for group in siblings.values():
        downloaded = _downloaded(group)
        yield from downloaded
        rest += [] if downloaded else group
    surveyed = {path: _survey(path, policy) for path in rest}
    collections = [path for path, sources in surveyed.items() if sources[0].path != path]
    single = any(_surely_one(path) for path in rest if path not in collections)
    for path, sources in surveyed.items():
        alone = single and path in collections
        yield from [_beside_single_ones(path, sources)] if alone else sources


def _downloaded(paths: Sequence[Path]) -> list[SubmissionSource]:
    """The submissions of a platform's download of which the content was named, not the folder."""
    siblings = DiskFolder(paths[0].parent, {path.name for path in paths})
    forms = (form(siblings, Location(siblings.path)) for form in FORMATS if len(paths) > 1)
    try:
        return next(filter(None, forms), [])
    except BadSubmission:
        return []


def _beside_single_ones(path: Path, sources: Sequence[SubmissionSource]) -> SubmissionSource:
    """What may be a collection, or a submission that speaks for others.

    One folder or zip with Python files beside it, or these alone, is one here, as its neighbours.
    """
    if sum(not is_loose(one.path.name) for one in sources) < 2:
        return SubmissionSource(Location(path), path)
    names = listed(one.path.name for one in sources)
    problem = (
        f"looks like a collection ({names}), and was named beside single submissions; "
        "grade it by itself if it is no student's"
    )
    return SubmissionSource(Location(path), path, problem=problem)


def _survey(path: Path, policy: IntakePolicy) -> list[SubmissionSource]:
    """The submissions of one path; itself where it is one, and where it cannot be read."""
    location = Location(path)
    try:
        if path.is_dir() or path.suffix.lower() == ".zip":
            tree = location.open(collection=True)
            return _collection(tree, location, policy) or [SubmissionSource(location, path)]
    except (BadSubmission, OSError):
        pass  # reading it says why
    return [SubmissionSource(location, path)]


def _surely_one(path: Path) -> bool:
    """Whether this, which is no collection, is a submission beyond doubt."""
    try:
        return holds_a_submission(Location(path).open())
    except BadSubmission:
        return False


def _collection(tree: Tree, location: Location, policy: IntakePolicy) -> list[SubmissionSource]:
    """The submissions that lie here side by side; none where this is a single one."""
    places = [(place, location.below(*way)) for place, way, _ in nested(tree)]
    for place, where in places:
        if PACKAGE in place.folders:
            return []
        for form in FORMATS:
            if sources := form(place, where):
                return sources
        if hold_one_each(place, policy):
            break
    return next(filter(None, (side_by_side(*place, policy) for place in places)), [])

"""From paths to submissions: which are one, which are many, and in whose format.

What lies in a path decides, never its name. But what lies in a zip came from a student, and a
student must not speak for others: what is named beside single submissions is none that holds
others, and within a collection nothing is a collection again.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from checkkit.text import one_line

from .canvas_moodle import canvas, moodle
from .commits import last_commit
from .gradescope import gradescope
from .locating import holds_a_submission, is_own_notebook
from .naming import listed, named
from .nbgrader import nbgrader
from .policy import IntakePolicy
from .refusing import OTHER_ARCHIVES
from .source import IdKind, Location, Student, SubmissionSource, timed
from .submission import PACKAGE, BadSubmission, modules, shown
from .trees import DiskFolder, Tree, ending, nested, real_folders

FORMATS = (nbgrader, gradescope, moodle, canvas)
CLASSROOM = "-submissions"  # GitHub Classroom clones into SLUG-submissions/SLUG-LOGIN


def gather(paths: Sequence[Path], policy: IntakePolicy | None = None) -> list[SubmissionSource]:
    """Every submission in these paths, with a name of its own; none of them is read yet.

    A path is one submission (a folder or zip that holds the package or a notebook, files of it) or
    a collection: a folder or zip of folders, zips and notebooks, an export of Gradescope, a
    download of Canvas or Moodle, clones of GitHub Classroom, a course of nbgrader. What cannot be
    read is there too, and says why when it is read. `policy` is that of the course.
    """
    policy = policy or IntakePolicy()
    absolute = list(dict.fromkeys(path.absolute() for path in paths))
    by_path = {one.path: one for one in _sources(absolute)}
    return [
        timed(replace(by_path[path], name=name, path=shown(path), policy=policy))
        for name, path in named(list(by_path))
    ]


def _sources(paths: Sequence[Path]) -> Iterator[SubmissionSource]:
    """The submissions of all paths together."""
    siblings = defaultdict(list)
    for path in paths:
        siblings[path.parent].append(path)
    rest = []
    for group in siblings.values():
        downloaded = _downloaded(group)
        yield from downloaded
        rest += [] if downloaded else group
    surveyed = {path: _survey(path) for path in rest}
    collections = [path for path, sources in surveyed.items() if sources[0].path != path]
    single = any(_surely_one(path) for path in rest if path not in collections)
    for path, sources in surveyed.items():
        refused = single and path in collections
        yield from [_beside_single_ones(path, sources)] if refused else sources


def _downloaded(paths: Sequence[Path]) -> list[SubmissionSource]:
    """The submissions of a platform's download of which the content was named, not the folder."""
    siblings = DiskFolder(paths[0].parent, {path.name for path in paths})
    forms = (form(siblings, Location(siblings.path)) for form in FORMATS if len(paths) > 1)
    try:
        return next(filter(None, forms), [])
    except BadSubmission:
        return []


def _beside_single_ones(path: Path, sources: Sequence[SubmissionSource]) -> SubmissionSource:
    """What may be a collection, or a submission that speaks for others."""
    names = listed(one.path.name for one in sources)
    problem = (
        f"looks like a collection ({names}), and was named beside single submissions; "
        "grade it by itself if it is no student's"
    )
    return SubmissionSource(Location(path), path, problem=problem)


def _survey(path: Path) -> list[SubmissionSource]:
    """The submissions of one path; itself where it is one, and where it cannot be read."""
    location = Location(path)
    try:
        if path.is_dir() or path.suffix.lower() == ".zip":
            tree = location.open(collection=True)
            return _collection(tree, location) or [SubmissionSource(location, path)]
    except (BadSubmission, OSError):
        pass  # reading it says why
    return [SubmissionSource(location, path)]


def _surely_one(path: Path) -> bool:
    """Whether this, which is no collection, is a submission beyond doubt."""
    try:
        return holds_a_submission(Location(path).open())
    except BadSubmission:
        return False


def _collection(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions that lie here side by side; none where this is a single one."""
    places = [(place, location.below(*way)) for place, way, _ in nested(tree)]
    for place, where in places:
        if PACKAGE in place.folders:
            return []
        for form in FORMATS:
            if sources := form(place, where):
                return sources
    side_by_side = (list(_side_by_side(place, where)) for place, where in places)
    return next(filter(None, side_by_side), [])


def _side_by_side(tree: Tree, location: Location) -> Iterator[SubmissionSource]:
    """Folders, zips and notebooks, if at least one holds a submission and it is not alone.

    No zip is opened for that: 500 of them would take long. Those that hold none are there too, so
    that each is reported. Modules of the package, and notebooks that have the assignment's own
    name, are one submission; notebooks of other names are those of several students.
    """
    folders, zips = real_folders(tree), ending(tree.files, ".zip")
    notebooks = ending(tree.files, ".ipynb")
    others = notebooks + ending(tree.files, *OTHER_ARCHIVES)
    hold = [name for name in folders if holds_a_submission(tree.enter(name))]
    several = hold or zips or len(notebooks) > 1
    flat = set(tree.files) & set(modules()) or any(map(is_own_notebook, notebooks))
    if len(hold) < 2 if flat else not several or len(folders + zips + others) < 2:
        return
    login = _logins(tree, location, folders)
    for name in sorted(folders + zips + others):
        source = SubmissionSource(location.below(name), location.whole / name)
        if name in login:
            students = (Student(login[name], kind=IdKind.GITHUB),)
            when = last_commit(tree.path / name) if isinstance(tree, DiskFolder) else None
            hint = f"last commit {when:%Y-%m-%d %H:%M %z}" if when else ""
            source = replace(source, students=students, time_hint=hint)
        yield source
    for name, kind in tree.kinds.items() if isinstance(tree, DiskFolder) else ():
        if kind == "other":
            problem = "is a link, and none is followed; copy it"
            yield SubmissionSource(location, location.whole / name, problem=problem)


def _logins(tree: Tree, location: Location, folders: list[str]) -> dict[str, str]:
    """Whose clone each folder is, where the folder around them tells the assignment's name."""
    around = location.whole.name
    start = f"{around.removesuffix(CLASSROOM)}-"
    if not around.endswith(CLASSROOM) or not all(name.startswith(start) for name in folders):
        return {}
    clones = [name for name in folders if ".git" in tree.enter(name).kinds]
    return {name: one_line(name.removeprefix(start)) for name in clones}

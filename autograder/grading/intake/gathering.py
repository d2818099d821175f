"""From paths to submissions: which are one, which are many, and in whose format.

What lies in a path decides, never its name. But what lies in a zip came from a student, and a
student must not speak for others: what is named beside single submissions is none that holds
others, and within a collection nothing is a collection again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.grading.intake.naming import named
from checkkit.text import one_line

from .canvas_moodle import canvas, moodle
from .folders import DiskFolder, Siblings
from .gradescope import gradescope
from .locating import holds_a_submission, is_own_notebook
from .locations import Location
from .nbgrader import nbgrader
from .refusing import OTHER_ARCHIVES
from .source import Student, SubmissionSource
from .submission import PACKAGE, BadSubmission, modules, shown
from .terms import Terms
from .trees import Tree, ending, nested, real_folders

FORMATS = (nbgrader, gradescope, moodle, canvas)
CLASSROOM = "-submissions"  # GitHub Classroom clones into SLUG-submissions/SLUG-LOGIN


def gather(paths: Sequence[Path], terms: Terms | None = None) -> list[SubmissionSource]:
    """Every submission in these paths, with a name of its own; none of them is read yet.

    A path is one submission (a folder or zip that holds the package or a notebook, files of it) or
    a collection: a folder or zip of folders, zips and notebooks, an export of Gradescope, a
    download of Canvas or Moodle, clones of GitHub Classroom, a course of nbgrader. What cannot be
    read is there too, and says why when it is read. `terms` are what the course says about it.
    """
    terms = terms or Terms()
    absolute = list(dict.fromkeys(path.absolute() for path in paths))
    by_path = {one.path: one for one in _found(absolute)}
    return [
        replace(by_path[path], name=name, path=shown(path), terms=terms)
        for name, path in named(list(by_path))
    ]


def _found(paths: Sequence[Path]) -> Iterator[SubmissionSource]:
    """The submissions of all paths together."""
    rest = []
    for group in _by_folder(paths):
        found = _downloaded(group)
        yield from found
        rest += [] if found else group
    surveyed = {path: _survey(path) for path in rest}
    collections = [path for path, found in surveyed.items() if found[0].path != path]
    single = any(_surely_one(path) for path in rest if path not in collections)
    for path, found in surveyed.items():
        refused = single and path in collections
        yield from [_beside_single_ones(path, found)] if refused else found


def _downloaded(paths: Sequence[Path]) -> list[SubmissionSource]:
    """The submissions of a platform's download of which the content was named, not the folder."""
    siblings = Siblings(paths[0].parent, {path.name for path in paths})
    forms = (form(siblings, Location(siblings.path)) for form in FORMATS if len(paths) > 1)
    try:
        return next(filter(None, forms), [])
    except BadSubmission:
        return []


def _beside_single_ones(path: Path, found: Sequence[SubmissionSource]) -> SubmissionSource:
    """What may be a collection, or a submission that speaks for others."""
    names = ", ".join(one_line(one.path.name, 40) for one in found[:3])
    more = ", ..." if len(found) > 3 else ""
    problem = (
        f"looks like a collection ({names}{more}), and was named beside single submissions; "
        "grade it by itself if it is no student's"
    )
    return SubmissionSource(Location(path), path, problem=problem)


def _survey(path: Path) -> list[SubmissionSource]:
    """The submissions of one path; itself where it is one, and where it cannot be read."""
    location = Location(path)
    try:
        if path.is_dir() or path.suffix.lower() == ".zip":
            with location.open(collection=True) as tree:
                return _collection(tree, location) or [SubmissionSource(location, path)]
    except (BadSubmission, OSError):
        pass  # whoever reads it is told
    return [SubmissionSource(location, path)]


def _surely_one(path: Path) -> bool:
    """Whether this, which is no collection, is a submission beyond doubt."""
    try:
        with Location(path).open() as tree:
            return holds_a_submission(tree)
    except BadSubmission:
        return False


def _by_folder(paths: Sequence[Path]) -> Iterable[list[Path]]:
    groups = defaultdict(list)
    for path in paths:
        groups[path.parent].append(path)
    return groups.values()


def _collection(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions that lie here side by side; none where this is a single one."""
    places = [(place, location.below(*way)) for place, way in nested(tree)]
    for place, where in places:
        if PACKAGE in place.folders:
            return []
        for form in FORMATS:
            if found := form(place, where):
                return found
    for place, where in places:
        if found := list(_side_by_side(place, where)):
            return found
    return []


def _side_by_side(tree: Tree, location: Location) -> Iterator[SubmissionSource]:
    """Folders, zips and notebooks, if at least one holds a submission and it is not alone.

    A zip is never opened for that: 500 of them would take long. The ones that hold none are there
    too, so that each is told. Modules of the package, and notebooks that have the assignment's own
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
        students = (Student(login[name]),) if name in login else ()
        yield SubmissionSource(location.below(name), location.whole / name, students)
    links = {*tree.names} - {*tree.files, *tree.folders} if isinstance(tree, DiskFolder) else ()
    for name in sorted(links):
        yield SubmissionSource(
            location, location.whole / name, problem="is a link, and none is followed; copy it"
        )


def _logins(tree: Tree, location: Location, folders: list[str]) -> dict[str, str]:
    """Whose clone each folder is, where the folder around them tells the assignment's name."""
    around = location.whole.name
    start = f"{around.removesuffix(CLASSROOM)}-"
    if not around.endswith(CLASSROOM) or not all(name.startswith(start) for name in folders):
        return {}
    clones = [name for name in folders if ".git" in tree.enter(name).names]
    return {name: one_line(name.removeprefix(start)) for name in clones}

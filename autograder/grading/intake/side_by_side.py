"""Submissions that lie side by side in a folder or zip, each in a folder or a file of its own."""

from collections.abc import Iterator
from dataclasses import replace

from checkkit.cells import filled_names
from checkkit.text import one_line

from .commits import last_commit
from .locating import holds_a_submission, is_own_notebook
from .package import as_text
from .policy import IntakePolicy
from .refusing import OTHER_ARCHIVES
from .source import IdKind, Location, Student, SubmissionSource
from .submission import MAX_FILE_BYTES, BadSubmission, ending_twice, misnamed, modules
from .trees import DiskFolder, Tree, ending, real_folders

CLASSROOM = "-submissions"  # GitHub Classroom clones into SLUG-submissions/SLUG-LOGIN
OF_REPOSITORIES = {"conftest.py", "setup.py"}  # these are no student's
MOST_LOOSE = 100


def side_by_side(tree: Tree, location: Location, policy: IntakePolicy) -> list[SubmissionSource]:
    """Folders, zips and notebooks, if at least one holds a submission and it is not alone.

    No zip is opened for that: 500 of them would take long. Those that hold none are there too, so
    that each is reported, and so is each Python file. Modules of the package, and notebooks that
    have the assignment's own name, are one submission; notebooks of other names are those of
    several students, and Python files may be: see `hold_one_each`.
    """
    folders, zips, others = _beside_each_other(tree)
    hold = _holding(tree, folders)
    several = hold or zips or len(ending(others, ".ipynb")) > 1
    enough = len(hold) > 1 if _flat(tree) else several and len(folders + zips + others) > 1
    if not enough and not hold_one_each(tree, policy):
        return []
    loose = list(filter(is_loose, tree.files))
    return list(_each(tree, location, folders, zips + others + loose))


def hold_one_each(tree: Tree, policy: IntakePolicy) -> bool:
    """Whether Python files that have no name of the assignment are those of several students.

    They are where one lies beside the only folder or zip that holds a submission, or two fill in
    the same. A file with nothing filled in may be anybody's helper, and says nothing.
    """
    folders, zips, others = _beside_each_other(tree)
    alone = len(folders + zips + others) == 1 and (zips or _holding(tree, folders))
    if _flat(tree) or not (alone or not folders + zips + others):
        return False
    found: set[str] = set()
    for name in ending(filter(is_loose, tree.files), ".py")[:MOST_LOOSE]:
        try:
            text = as_text(tree.read(name, MAX_FILE_BYTES))
        except BadSubmission:
            continue
        filled = {*filled_names(text, policy.contract)}
        if filled and (alone or filled & found):
            return True
        found |= filled
    return False


def is_loose(name: str) -> bool:
    """Whether a file may be all that a student has sent: Python, or was renamed."""
    python = ending([name], ".py") or misnamed(name) or ending_twice(name)
    return name not in OF_REPOSITORIES and bool(python)


def _beside_each_other(tree: Tree) -> tuple[list[str], list[str], list[str]]:
    """The folders, the zips, and the notebooks and other archives."""
    zips, others = (
        ending(tree.files, *suffixes) for suffixes in ((".zip",), (".ipynb", *OTHER_ARCHIVES))
    )
    return real_folders(tree), zips, others


def _holding(tree: Tree, folders: list[str]) -> list[str]:
    return [name for name in folders if holds_a_submission(tree.enter(name))]


def _flat(tree: Tree) -> bool:
    """Whether files lie here that are one submission by their names."""
    own_notebook = any(map(is_own_notebook, ending(tree.files, ".ipynb")))
    return own_notebook or not set(modules()).isdisjoint(tree.files)


def _each(
    tree: Tree, location: Location, folders: list[str], files: list[str]
) -> Iterator[SubmissionSource]:
    login = _logins(tree, location, folders)
    for name in sorted(folders + files):
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

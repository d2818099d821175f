"""Taking one submission: where in a folder its package lies, and which of its files are taken.

Of a submission only `diffusion/**/*.py` is taken, regular files alone, into memory and within
limits. Files of the package that lie flat, without the folder, are taken as if they lay in it. A
notebook counts as the modules that its cells make; where there are both, the course says which.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from tests.report.words import one_line

from .notebook import MAX_NOTEBOOK_BYTES, BadNotebook, Taken, as_given, take_notebook
from .submission import (
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    PACKAGE,
    BadSubmission,
    Submission,
    allowed,
    modules,
)
from .terms import Terms
from .trees import LOOKED_THROUGH, Tree, ending, nested, real_folders
from .zips import zip_in

LOOKED_AT = 2000
OTHER_ARCHIVES = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".rar", ".7z")
NOTEBOOK = f"{PACKAGE}.ipynb"
# As it is called after a second download, or where somebody has made a copy.
OWN_NOTEBOOK = re.compile(
    rf"(copy of )?{PACKAGE}([-_ ]?copy ?\d*|[-_ ]?\(?\d{{1,3}}\)?)?\.ipynb", re.IGNORECASE
)
MOST_NOTEBOOKS = 8


def take(tree: Tree, terms: Terms) -> Submission:
    """Take the allow-listed files, also where one folder or one zip stands around them.

    Raises:
        BadSubmission: nothing can be taken; the message says why and what to hand in.
    """
    with contextlib.ExitStack() as stack:
        root, book = _root(tree), _shelf(tree)
        if root is None and book is None:
            root, book = _roots_in_a_zip(tree, stack)
        if root is None and book is None:
            raise BadSubmission(tree.path, nothing_found(tree))
        modules_ = _modules_of(tree, root) if root else None
        if book is None:
            return _not_empty(tree, modules_)
        if modules_ is None or not modules_.files:
            name, taken = _notebook(tree, book, terms)
            return _from_notebook(tree, taken, name, book.left_out)
        return _one_of_both(tree, modules_, book, terms)


def holds_a_submission(tree: Tree) -> bool:
    """Whether something could be taken, judged by names alone."""
    return bool(
        _root(tree) or _shelf(tree) or any(len(_zips(place)) == 1 for place, _ in _places(tree))
    )


def is_own_notebook(name: str) -> bool:
    """Whether a notebook has the name that the assignment gives it, or that of a copy."""
    return bool(OWN_NOTEBOOK.fullmatch(name))


@dataclass(frozen=True)
class Root:
    """Where the package lies; `flat` if its files lie there without their folder.

    `left_out` are the names that were passed by on the way there, and those beside it.
    """

    tree: Tree
    flat: bool
    left_out: list[str]


@dataclass(frozen=True)
class Shelf:
    """Where notebooks lie, and which; `left_out` as of a `Root`."""

    tree: Tree
    names: list[str]
    left_out: list[str]


def _root(tree: Tree) -> Root | None:
    """At the top, else in the folder that stands alone there; a package before flat files."""
    for place, passed in _places(tree):
        if PACKAGE in place.folders:
            return Root(place, False, passed + [n for n in place.names if n != PACKAGE])
    for place, passed in _places(tree):
        if set(place.files) & set(modules()):
            python = set(ending(place.files, ".py"))
            return Root(place, True, passed + [n for n in place.names if n not in python])
    return None


def _shelf(tree: Tree) -> Shelf | None:
    """The first place on the same way that holds a notebook."""
    for place, passed in _places(tree):
        if names := ending(place.files, ".ipynb"):
            return Shelf(place, names, passed + [n for n in place.names if n not in names])
    return None


def _roots_in_a_zip(tree: Tree, stack: contextlib.ExitStack) -> tuple[Root | None, Shelf | None]:
    """In the zip that stands alone, as it does where a platform has put a folder around it."""
    for place, passed in _places(tree):
        if len(zips := _zips(place)) == 1:
            try:
                inner = stack.enter_context(zip_in(place, zips[0]))
                root, book = _root(inner), _shelf(inner)
            except BadSubmission as error:
                raise BadSubmission(tree.path, f"{one_line(zips[0])} {error.why}") from None
            if root is None and book is None:
                raise BadSubmission(tree.path, f"{one_line(zips[0])} {nothing_found(inner)}")
            beside = passed + [name for name in place.names if name != zips[0]]
            return (
                root and replace(root, left_out=beside + root.left_out),
                book and replace(book, left_out=beside + book.left_out),
            )
    return None, None


def _places(tree: Tree) -> Iterator[tuple[Tree, list[str]]]:
    """The folder, then those that stand alone inside one another; each with the names passed by."""
    passed: list[str] = []
    around: Tree | None = None
    for place, way in nested(tree):
        if around:
            passed = passed + [name for name in around.names if name != way[-1]]
        yield place, passed
        around = place


def _zips(tree: Tree) -> list[str]:
    return ending(tree.files, ".zip")


def _flat(root: Root, submission: Submission) -> Iterator[tuple[str, bytes]]:
    """The Python files of one folder, named as if that were the package."""
    for name in ending(root.tree.files, ".py"):
        if allowed(place := PurePosixPath(PACKAGE, name)):
            yield str(place), root.tree.read(name, MAX_FILE_BYTES)
        else:
            submission.ignored.append(name)


def _package(root: Root, submission: Submission) -> Iterator[tuple[str, bytes]]:
    """Every file below the package's folder that is allowed."""
    waiting, entries = [(PurePosixPath(PACKAGE), root.tree.enter(PACKAGE))], 0
    while waiting:
        place, tree = waiting.pop(0)
        entries += len(tree.names)
        if entries > MAX_ENTRIES:
            raise BadSubmission(root.tree.path, f"more than {MAX_ENTRIES:,} entries in {PACKAGE}/")
        folders, files = set(tree.folders), set(tree.files)
        for name in tree.names:
            if name in files and allowed(place / name):
                yield str(place / name), tree.read(name, MAX_FILE_BYTES)
            elif name in folders and allowed(place / name / "any.py"):
                waiting.append((place / name, tree.enter(name)))
            else:
                submission.ignored.append(str(place / name))


def _modules_of(tree: Tree, root: Root) -> Submission:
    submission = Submission(ignored=list(root.left_out))
    for name, content in _flat(root, submission) if root.flat else _package(root, submission):
        submission.take(tree.path, name, content)
    return submission


def _not_empty(tree: Tree, submission: Submission) -> Submission:
    if not submission.files:
        raise BadSubmission(tree.path, f"holds no Python file in its folder {PACKAGE}")
    return submission


# ----------------------------------------------------------------------------------- notebooks


def _one_of_both(tree: Tree, modules_: Submission, book: Shelf, terms: Terms) -> Submission:
    """The one that the course counts, unless that is as it was given and the other is not."""
    changed = not as_given(modules_.files, terms.starter)
    by_rule = f"where both are handed in, hands_in: {terms.hands_in} of grading.yaml decides"
    py = f"the modules in {PACKAGE}/"
    if changed and terms.hands_in == "py":
        names = _shown(book.names)
        modules_.remarks.append(f"{py} counted, {names} did not: {by_rule}")
        return modules_
    name, taken = _notebook(tree, book, terms)
    if changed and not taken.touched:
        modules_.remarks.append(f"{py} counted: {one_line(name)} is as it was given")
        return modules_
    why = by_rule if changed else f"{py} are as they were given"
    submission = _from_notebook(tree, taken, name, book.left_out)
    submission.remarks.insert(0, f"{one_line(name)} counted: {why}")
    return submission


def _from_notebook(tree: Tree, taken: Taken, name: str, left_out: list[str]) -> Submission:
    submission = Submission(ignored=[n for n in left_out if n != name])
    for file, content in taken.files.items():
        submission.take(tree.path, file, content)
    submission.remarks += [f"{one_line(name, 60)}: {words}" for words in taken.remarks]
    return submission


def _notebook(tree: Tree, book: Shelf, terms: Terms) -> tuple[str, Taken]:
    """The notebook with the assignment's cells, and what its cells make."""
    own = [name for name in book.names if is_own_notebook(name)]
    names = [NOTEBOOK] if NOTEBOOK in own else own or book.names
    if len(names) > MOST_NOTEBOOKS:
        raise BadSubmission(tree.path, f"holds {len(names)} notebooks; hand in one of them")
    found, problems = {}, {}
    for name in names:
        try:
            content = book.tree.read(name, MAX_NOTEBOOK_BYTES)
            found[name] = take_notebook(content, terms.starter, terms.names)
        except BadNotebook as error:
            problems[name] = str(error)
    if len(found) > 1:
        raise BadSubmission(
            tree.path, f"holds the assignment {len(found)} times ({_shown(found)}); hand in one"
        )
    if not found:
        name, problem = next(iter(problems.items()))
        raise BadSubmission(tree.path, f"{one_line(name)} {problem}")
    ((name, taken),) = found.items()
    if others := [other for other in book.names if other != name]:
        taken.remarks.insert(0, f"it counted, {_shown(others)} did not")
    return name, taken


def _shown(names: Iterable[str]) -> str:
    listed = [one_line(name, 60) for name in names]
    return ", ".join(listed[:3]) + (", ..." if len(listed) > 3 else "")


# ----------------------------------------------------------------------- why nothing was taken


def nothing_found(tree: Tree) -> str:
    """Why nothing was taken, in words that say what to hand in."""
    seen = [one_line(name) for name in _seen(tree)]
    wanted = f"hand in the folder {PACKAGE}, files of it such as {modules()[0]}, or the notebook"
    if PACKAGE in tree.names and PACKAGE not in tree.folders + tree.files:
        return f"its {PACKAGE} is a link; hand in the folder itself"
    if not seen:
        return f"holds no folder named {PACKAGE}, for it is empty; {wanted}"
    inside = sorted({name.partition(f"/{PACKAGE}/")[0] for name in seen if f"/{PACKAGE}/" in name})
    if len(inside) > 1:
        found = ", ".join(inside[:4]) + (", ..." if len(inside) > 4 else "")
        return f"holds {len(inside)} submissions, not one ({found}); hand in one of them"
    if len(inside) == 1:
        return f"holds its folder {PACKAGE} deep in {inside[0]}; {wanted}"
    if spelled := _spelled_otherwise(seen):
        return f"holds a folder named {spelled}; rename it to {PACKAGE}"
    if found := ending(seen, ".ipynb"):
        return f"holds a notebook deep in its folders ({found[0]}); {wanted}"
    if found := ending(seen, *OTHER_ARCHIVES):
        return f"holds {found[0]}, which is not read; hand in a zip, or unpack it first"
    found = ending(seen, ".zip")
    if len(found) == 1:
        return f"holds {found[0]} in turn; hand in what is in it"
    if found:
        return f"holds {len(found)} zips ({', '.join(found[:3])}); hand in one of them"
    if found := ending(seen, ".py"):
        return f"holds {found[0]}, and none of {', '.join(modules())}; {wanted}"
    return f"holds no folder named {PACKAGE}; {wanted}"


def _seen(tree: Tree) -> list[str]:
    """Names of files, not from too deep and as many as a message needs."""
    seen, waiting = [], [("", tree, 0)]
    while waiting and len(seen) < LOOKED_AT:
        start, place, depth = waiting.pop(0)
        seen += [start + name for name in place.files]
        if depth < LOOKED_THROUGH + 2:
            waiting += [
                (f"{start}{name}/", place.enter(name), depth + 1) for name in real_folders(place)
            ]
    return seen[:LOOKED_AT]


def _spelled_otherwise(names: list[str]) -> str | None:
    parts = (part for name in names for part in name.split("/")[:-1])
    return next((part for part in parts if part.casefold() == PACKAGE), None)

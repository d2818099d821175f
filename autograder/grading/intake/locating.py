"""Where in a submission its package and its notebook lie, by names alone.

At the top, or in a folder or zip that stands alone there, as programs and platforms pack them.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from checkkit.text import one_line

from .refusing import nothing_found
from .submission import PACKAGE, BadSubmission, modules
from .trees import Tree, ending, nested
from .zips import zip_in

# As the notebook is called after a second download, or where somebody has made a copy.
OWN_NOTEBOOK = re.compile(
    rf"(copy of )?{PACKAGE}([-_ ]?copy ?\d*|[-_ ]?\(?\d{{1,3}}\)?)?\.ipynb", re.IGNORECASE
)


def holds_a_submission(tree: Tree) -> bool:
    """Whether something could be taken, judged by names alone."""
    return bool(
        root_of(tree) or shelf_of(tree) or any(len(_zips(place)) == 1 for place, _ in _places(tree))
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


def root_of(tree: Tree) -> Root | None:
    """At the top, else in the folder that stands alone there; a package before flat files."""
    for place, passed in _places(tree):
        if PACKAGE in place.folders:
            return Root(place, False, passed + [n for n in place.names if n != PACKAGE])
    for place, passed in _places(tree):
        if set(place.files) & set(modules()):
            python = set(ending(place.files, ".py"))
            return Root(place, True, passed + [n for n in place.names if n not in python])
    return None


def shelf_of(tree: Tree) -> Shelf | None:
    """The first place on the same way that holds a notebook."""
    for place, passed in _places(tree):
        if names := ending(place.files, ".ipynb"):
            return Shelf(place, names, passed + [n for n in place.names if n not in names])
    return None


def roots_in_a_zip(tree: Tree, stack: contextlib.ExitStack) -> tuple[Root | None, Shelf | None]:
    """In the zip that stands alone, as it does where a platform has put a folder around it."""
    for place, passed in _places(tree):
        if len(zips := _zips(place)) == 1:
            try:
                inner = stack.enter_context(zip_in(place, zips[0]))
                root, book = root_of(inner), shelf_of(inner)
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

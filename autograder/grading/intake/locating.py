"""Where in a submission its package and its notebook lie, by names alone.

At the top, or in a folder or zip that stands alone there, as programs and platforms pack them.
"""

import re
from dataclasses import dataclass, field, replace

from checkkit.text import one_line

from .policy import IntakePolicy
from .refusing import nothing_found
from .submission import PACKAGE, REPORT, BadSubmission, modules
from .trees import Tree, ending, nested
from .zips import zip_in

# As the notebook is called after a second download, or where somebody has made a copy.
OWN_NOTEBOOK = re.compile(
    rf"(copy of )?{PACKAGE}([-_ ]?copy ?\d*|[-_ ]?\(?\d{{1,3}}\)?)?\.ipynb", re.IGNORECASE
)


@dataclass(frozen=True)
class Place:
    """Where the package or notebooks lie.

    `names` are those of the notebooks, or of the Python files of a package that lie there without
    its folder. `left_out` are the names that were passed on the way there, and those beside.
    """

    tree: Tree
    left_out: list[str]
    names: list[str] = field(default_factory=list)


def holds_a_submission(tree: Tree) -> bool:
    """Whether something could be taken, judged by names alone."""
    one_zip = (len(ending(place.files, ".zip")) == 1 for place, *_ in nested(tree))
    return bool(package_of(tree) or notebooks_of(tree) or any(one_zip))


def is_own_notebook(name: str) -> bool:
    """Whether a notebook has the name that the assignment gives it, or that of a copy."""
    return bool(OWN_NOTEBOOK.fullmatch(name))


def package_of(tree: Tree) -> Place | None:
    """At the top, else in the folder that stands alone there; a package before flat files.

    A package is known by the assignment's modules in it: a folder with its name may also be the
    project's, or one that a program has made around it.
    """
    named = []
    for place, _, passed in nested(tree):
        around, ignored = place, passed
        while PACKAGE in around.folders:
            ignored = ignored + [n for n in around.kinds if n not in (PACKAGE, REPORT)]
            named.append(Place(around, ignored))
            around = around.enter(PACKAGE)
            if _holds_modules(around):
                return named[-1]
    for place, _, passed in nested(tree):
        if _holds_modules(place):
            return _place_of(place, passed, ending(place.files, ".py"))
    return named[0] if named else None


def _holds_modules(tree: Tree) -> bool:
    return not set(modules()).isdisjoint(tree.files)


def notebooks_of(tree: Tree) -> Place | None:
    """The first place on the same way that holds a notebook."""
    for place, _, passed in nested(tree):
        if names := ending(place.files, ".ipynb"):
            return _place_of(place, passed, names)
    return None


def _place_of(tree: Tree, passed: list[str], names: list[str]) -> Place:
    beside = [name for name in tree.kinds if name not in (*names, REPORT)]
    return Place(tree, passed + beside, names)


def places_in_a_zip(tree: Tree, policy: IntakePolicy) -> tuple[Place | None, Place | None]:
    """In the zip that stands alone, as it does where a platform has put a folder around it."""
    for place, _, passed in nested(tree):
        if len(zips := ending(place.files, ".zip")) == 1:
            (name,) = zips
            try:
                inner = zip_in(place, name)
                places = package_of(inner), notebooks_of(inner)
            except BadSubmission as error:
                raise BadSubmission(tree.path, f"{one_line(name)} {error.why}") from None
            if places == (None, None):
                raise BadSubmission(tree.path, f"{one_line(name)} {nothing_found(inner, policy)}")
            beside = passed + [other for other in place.kinds if other != name]
            package, notebooks = (
                one and replace(one, left_out=beside + one.left_out) for one in places
            )
            return package, notebooks
    return None, None

"""The kinds of leaks that a single piece shows by itself: markers, paths, arrays, places, sizes."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from autograder.authoring.leakcheck.weights import ARRAYS, MAGIC

from .pieces import Piece

# Arrays that students may receive, by their bytes; `autograder.validation.digits` makes them
# and `make_subset`). A classifier of digits is no solution: the check of drawn digits needs it.
GIVEN_ARRAYS = {
    "340d6221f557bc178764a4ff2b799ecb91752479a074bf848a4eef42f3f4e8bd": "classifier.safetensors",
    "b4c72f0f9d49d41ceb703766a93a8ea88642542f86b865db706830b2f04a0b0a": "mnist_subset.npz",
}
LARGE = 3_000_000  # bytes of one file for students; only the given digits are larger
MARKER = re.compile(r"\b(BEGIN|END)[\s_-]*(SOLUTION|HIDDEN[\s_-]*TESTS?|MARK[\s_-]*SCHEME)", re.I)
STAFFS = {"solution", "autograder", "hidden", "mutants", "submitted", "feedback"}
COMPILED = (".pyc", ".pyo", ".so", ".pyd")
ATTRIBUTES = re.compile(r"\b(export-ignore|export-subst|filter=|ident\b|merge=|diff=)")
HOMES = re.compile(
    r"(?<![\w.$}~<-])(?:/(?:home|Users)/[\w.-]+/|/root/|[A-Za-z]:\\+Users\\+)[^\s'\"`)]*"
)


def marker_lines(piece: Piece) -> Iterator[tuple[int, str]]:
    """Markers of nbgrader and of `strip`."""
    for number, line in enumerate(piece.text.splitlines(), 1):
        if found := MARKER.search(line):
            yield number, f"holds the marker {found[0]!r}: it was not stripped"


def path_lines(piece: Piece, root: Path) -> Iterator[tuple[int, str]]:
    """Places on somebody's disk."""
    for number, line in enumerate(piece.text.splitlines(), 1):
        if found := HOMES.search(line):
            yield number, f"names a place on somebody's disk, {found[0][:60]}"
        elif own := next((place for place in _own_places(root) if place in line), None):
            yield number, f"names a place on this disk, {own}"


@cache
def _own_places(root: Path) -> tuple[str, ...]:
    """Where the repository and the home of whoever releases lie, unless that could be anywhere."""
    places = {str(root), str(root.resolve()), str(Path.home()), os.environ.get("TMPDIR", "")}
    return tuple(sorted(place for place in places if place.count("/") > 1))


def array_problem(piece: Piece) -> str | None:
    """Trained weights, or anything that could be."""
    suffix = PurePosixPath(piece.name).suffix.lower()
    if piece.inner or not (suffix in ARRAYS or _is_array(piece.content)):
        return None
    if piece.digest in GIVEN_ARRAYS:
        return None
    known = PurePosixPath(piece.name).name in GIVEN_ARRAYS.values()
    if known:
        return (
            f"other arrays than those given: if they are meant, {piece.digest} goes into kinds.py"
        )
    return "holds arrays, trained weights perhaps: leave it out"


def _is_array(content: bytes) -> bool:
    if content.startswith(b"PK\x03\x04"):  # an archive; of torch or NumPy if it says so
        return b"data.pkl" in content[:4096] or b".npy" in content[:256]
    header = int.from_bytes(content[:8], "little")
    safetensors = 2 <= header < len(content) and content[8:10] in (b'{"', b"{}")
    return safetensors or content.startswith(MAGIC)


def place_problem(piece: Piece) -> str | None:
    """Files that students have no business with, by their names."""
    parts = PurePosixPath(piece.name).parts
    if ".git" in parts:
        return "is the memory of a repository, with everything that was ever in it"
    if folder := next((part for part in parts[:-1] if part in STAFFS), None):
        return f"lies in a folder {folder}, which is staff's"
    if parts and (parts[-1].endswith(COMPILED) or "__pycache__" in parts):
        return "is compiled code, of which nobody sees what it says: leave it out"
    if len(piece.content) > LARGE and piece.digest not in GIVEN_ARRAYS and not _packed(piece):
        return f"is larger than {LARGE:,} bytes: what is it?"
    return None


def _packed(piece: Piece) -> bool:
    return piece.content.startswith(b"PK\x03\x04")


def attribute_lines(piece: Piece) -> Iterator[tuple[int, str]]:
    """Rules of .gitattributes that change what an archive of the folder holds."""
    if PurePosixPath(piece.name).name != ".gitattributes":
        return
    for number, line in enumerate(piece.text.splitlines(), 1):
        if found := ATTRIBUTES.search(line):
            yield number, f"{found[0]} changes what git hands out: archive and folder would differ"
        elif set(re.split(r"[/\s*]+", line)) & STAFFS:
            yield number, "names a folder that is staff's"

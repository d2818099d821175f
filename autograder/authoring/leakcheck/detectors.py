"""Leaks that a single member shows by itself: markers, paths, arrays, places, sizes."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from .members import ZIP, Member

# Arrays that students may receive, by their bytes (`autograder.validation.digits.make_subset`
# makes the digits). A classifier of digits is no solution: the check of drawn digits needs it. Nor
# is the digit model, which is no net: students of Part A work with it.
GIVEN_ARRAYS = {
    "615d4c5b5acd8d1a3a8a9f551b4414355a05f81356d38b5ea785424814cefe76": "digit_model.safetensors",
    "340d6221f557bc178764a4ff2b799ecb91752479a074bf848a4eef42f3f4e8bd": "classifier.safetensors",
    "b4c72f0f9d49d41ceb703766a93a8ea88642542f86b865db706830b2f04a0b0a": "mnist_subset.npz",
}
# Files of arrays, by their suffix or by their first bytes.
ARRAYS = {".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".npz", ".npy", ".pkl", ".h5", ".onnx"}
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
MAGIC = (ZIP, *PICKLES, b"\x93NUMPY")
LARGE = 3_000_000  # bytes of one file for students; only the given digits are larger
MARKER = re.compile(r"\b(BEGIN|END)[\s_-]*(SOLUTION|HIDDEN[\s_-]*TESTS?|MARK[\s_-]*SCHEME)", re.I)
STAFF_FOLDERS = {"solution", "autograder", "hidden", "mutants", "submitted", "feedback"}
COMPILED = (".pyc", ".pyo", ".so", ".pyd")
ATTRIBUTES = re.compile(r"\b(export-ignore|export-subst|filter=|ident\b|merge=|diff=)")
HOMES = re.compile(
    r"(?<![\w.$}~<-])(?:/(?:home|Users)/[\w.-]+/|/root/|[A-Za-z]:\\+Users\\+)[^\s'\"`)]*"
)


def matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """Number of each line in which the pattern is found, and the first match there."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := pattern.search(line):
            yield number, match[0]


def marker_lines(member: Member) -> Iterator[tuple[int, str]]:
    """Markers of nbgrader and of `strip`."""
    for line, marker in matches(MARKER, member.text):
        yield line, f"holds the marker {marker!r}: it was not stripped"


def path_lines(member: Member, root: Path) -> Iterator[tuple[int, str]]:
    """Absolute paths of somebody's disk, or of this one."""
    for line, path in matches(HOMES, member.text):
        yield line, f"names a place on somebody's disk, {path[:60]}"
    homes = {line for line, _ in matches(HOMES, member.text)}
    for line, path in matches(_own_places(root), member.text):
        if line not in homes:
            yield line, f"names a place on this disk, {path}"


@cache
def _own_places(root: Path) -> re.Pattern[str]:
    """The repository, the home and the temporary folder, unless that could be anywhere."""
    places = {str(root), str(root.resolve()), str(Path.home()), os.environ.get("TMPDIR", "")}
    return re.compile("|".join(re.escape(p) for p in sorted(places) if p.count("/") > 1) or "(?!)")


def array_problem(member: Member) -> str | None:
    """Trained weights, or anything that could be."""
    path = PurePosixPath(member.name)
    is_array = path.suffix.lower() in ARRAYS or _is_array(member.content)
    if member.inner or not is_array or member.digest in GIVEN_ARRAYS:
        return None
    if path.name in GIVEN_ARRAYS.values():
        return f"not the given arrays: if this is right, add {member.digest} to detectors.py"
    return "holds arrays, trained weights perhaps: leave it out"


def _is_array(content: bytes) -> bool:
    if content.startswith(ZIP):  # an archive; of torch or NumPy if it says so
        return b"data.pkl" in content[:4096] or b".npy" in content[:256]
    header = int.from_bytes(content[:8], "little")
    safetensors = 2 <= header < len(content) and content[8:10] in (b'{"', b"{}")
    return safetensors or content.startswith(MAGIC)


def place_problem(member: Member) -> str | None:
    """Files that are not for students, by their names."""
    parts = PurePosixPath(member.name).parts
    if ".git" in parts:
        return "is the history of a repository, with everything that was ever in it"
    if folder := next((part for part in parts[:-1] if part in STAFF_FOLDERS), None):
        return f"is in a folder {folder}, which is for staff"
    if parts and (parts[-1].endswith(COMPILED) or "__pycache__" in parts):
        return "is compiled code, which nobody can read: leave it out"
    packed = member.content.startswith(ZIP)
    if len(member.content) > LARGE and member.digest not in GIVEN_ARRAYS and not packed:
        return f"is larger than {LARGE:,} bytes: what is it?"
    return None


def attribute_lines(member: Member) -> Iterator[tuple[int, str]]:
    """Rules of .gitattributes that change what an archive of the folder holds."""
    if PurePosixPath(member.name).name != ".gitattributes":
        return
    for line, rule in matches(ATTRIBUTES, member.text):
        yield line, f"{rule} changes what git archives: archive and folder would differ"
    for line, text in enumerate(member.text.splitlines(), 1):
        if set(re.split(r"[/\s*]+", text)) & STAFF_FOLDERS:
            yield line, "names a folder that is for staff"

"""What is taken of a submission: plain Python files of one package, within limits.

Where the files come from, a folder or a zip or a zip in a zip, is not known here: see `taking`.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from autograder.course.starter import asked_anywhere, committed_starter
from checkkit.text import one_line

from .encoding import remark_on

PACKAGE = "diffusion"
REPORT = "report"  # figures and answers, for people

MAX_FILES = 200
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 5_000_000
MAX_DEPTH = 10
MAX_ENTRIES = 20_000
MAX_ZIP_BYTES = 50_000_000


class BadSubmission(Exception):
    """A path that cannot be graded; the message names it and says why."""

    def __init__(self, path: Path, why: str):
        self.why = why
        super().__init__(f"{shown(path)}: {why}")


def shown(path: Path) -> Path:
    """A path as messages name it: whoever named its folders may have put anything into it."""
    return Path(one_line(str(path), 4000))


@dataclass
class Submission:
    """What was taken of a submission: file name -> content, and the names that were left out.

    `remarks` say which of several files counted, and why others could not be read: they cost no
    points. `doubts` are for staff: work that may be lost. `of_cells`: of a notebook. Its one file
    holds the cells, until the sandbox has made modules of them; `places` then say for each file
    where the statements of cells are.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    of_cells: bool = False
    places: dict[str, list[tuple[int, int, str, int]]] = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 of the names and contents of the files, hexadecimal."""
        files = {name: hashlib.sha256(self.files[name]).hexdigest() for name in self.files}
        return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()

    def take(self, path: Path, name: str, content: bytes) -> None:
        """Add one file.

        Raises:
            BadSubmission: it is too large, one too many, or the name was there before.
        """
        if len(content) > MAX_FILE_BYTES:
            raise BadSubmission(path, f"{name} is larger than {MAX_FILE_BYTES:,} bytes")
        if name.casefold() in {taken.casefold() for taken in self.files}:
            raise BadSubmission(path, f"{name} occurs twice; hand in only one of them")
        if (right := _spelled_by_the_starter(name)) != name:
            raise BadSubmission(path, f"{name} is spelled {right} in this assignment; rename it")
        self.files[name] = content
        if len(self.files) > MAX_FILES:
            raise BadSubmission(path, f"more than {MAX_FILES} Python files in {PACKAGE}/")
        if sum(map(len, self.files.values())) > MAX_TOTAL_BYTES:
            raise BadSubmission(path, f"more than {MAX_TOTAL_BYTES:,} bytes in {PACKAGE}/")
        if remark := remark_on(content):
            self.tell(f"{name} {remark}")

    def tell(self, words: str) -> None:
        """Say to the student and to staff what may be lost."""
        self.remarks.append(words)
        self.doubts.append(words)


@cache
def modules() -> tuple[str, ...]:
    """The files at the top of the package in any course: by these a lone file is recognised."""
    paths = map(PurePosixPath, {*committed_starter(), *asked_anywhere()})
    names = (path.name for path in paths if path.parent.name == PACKAGE)
    return tuple(sorted(name for name in names if name != "__init__.py"))


def _spelled_by_the_starter(name: str) -> str:
    """The starter's file of this name whatever its case, for some file systems hold them equal."""
    own = {f"{PACKAGE}/{file}".casefold(): f"{PACKAGE}/{file}" for file in modules()}
    return own.get(name.casefold(), name)


def misnamed(name: str) -> str:
    """What a file of the assignment is called that browsers and copies have named so; else ""."""
    stems = "|".join(sorted(PurePosixPath(path).stem for path in asked_anywhere()))
    match = re.fullmatch(
        rf"(?:copy of )?(?P<stem>{stems}|{PACKAGE})(?:[-_ ]?\(?\d{{1,3}}\)?|[-_ ]+copy ?\d*)?"
        r"(?P<end>\.py|\.ipynb|(?=\.txt))(?: ?\(\d{1,3}\))?(?:\.(?:txt|json|html?|py|ipynb))?",
        name,
        re.IGNORECASE,
    )
    if match is None or name.lower().endswith(".ipynb"):  # any such name is read
        return ""
    right = match["stem"].lower() + (".ipynb" if match["stem"].lower() == PACKAGE else ".py")
    return right if right.endswith(match["end"].lower()) and right != name else ""


def ending_twice(name: str) -> str:
    """What a file of any name is called that a browser has given a second ending; else ""."""
    match = re.fullmatch(r"(.+\.(?:py|ipynb))(?: ?\(\d{1,3}\))?\.(?:txt|json|html?)", name, re.I)
    return match[1] if match else ""


def allowed(name: PurePosixPath) -> bool:
    """Whether a file of this name, seen from the submission's root, is taken."""
    *folders, last = name.parts
    return (
        folders[:1] == [PACKAGE]
        and len(folders) <= MAX_DEPTH
        and last.endswith(".py")
        and all(_plain(part) for part in name.parts)
        and not any(part == "__pycache__" or part.endswith(".py") for part in folders)
    )


def _plain(part: str) -> bool:
    stem = part.removesuffix(".py")
    return stem.isidentifier() and stem.isascii() and len(stem) <= 100

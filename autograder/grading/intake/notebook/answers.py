"""The cells that the assignment's notebook gives students to fill, as its source lists them.

A line `# %% code="ddpm.ddpm_forward" id="ddpm-forward"` of notebooks/diffusion.py says the cell's
mark, the module that it belongs to and the names that it defines. What they look like before
anybody has written a word stands in the starter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from autograder.config.paths import REPOSITORY

from .reading import MAX_CHARACTERS, MAX_LINES
from .statements import Piece, pieces

LINE = re.compile(r'# %% code="([^"\n]+)"(?: +id="([\w-]+)")?', re.MULTILINE)
STUB, NOT_ASKED = "raise NotImplementedError(", '("Not asked in this course'


@dataclass(frozen=True)
class Answer:
    """A cell to fill: its mark, its module, what it defines, and which of that are stubs."""

    grade_id: str
    module: str
    names: tuple[str, ...]
    stubs: tuple[str, ...]


def answers(starter: Mapping[str, bytes], renamed: Mapping[str, str]) -> list[Answer]:
    """The cells of a course, in the order of its notebook.

    Args:
        starter: the modules that students of the course start from, by path.
        renamed: "unet.TimeConditionalUNet" -> what the course calls it.
    """
    stubs = {module: stubs_of(text) for module, text in modules_of(starter).items()}
    found = []
    for listed, grade_id in _listed():
        module = listed[0].partition(".")[0]
        names = tuple(renamed.get(name, name.partition(".")[2]) for name in listed)
        own = tuple(name for name in names if name in stubs.get(module, ()))
        found.append(Answer(grade_id, module, names, own))
    return found


def modules_of(starter: Mapping[str, bytes]) -> dict[str, str]:
    """Name -> source of the modules at the top of the starter's package."""
    return {
        Path(path).stem: content.decode()
        for path, content in starter.items()
        if path.count("/") == 1 and not path.endswith("__init__.py")
    }


@lru_cache(64)  # of the starter's modules, for every submission
def stubs_of(source: str) -> dict[str, Piece]:
    """The functions and classes of a module that students are to fill."""
    return {
        name: piece
        for piece in pieces(source)
        if STUB in piece.text and NOT_ASKED not in piece.text
        for name in piece.defines[:1]
    }


def is_stub(piece: Piece, given: Piece) -> bool:
    """Whether nobody has filled it in: as long as the starter's, with as many things to fill.

    Words may differ, as they do where the starter was changed after students had got theirs.
    """
    return _measure(piece) == _measure(given)


def as_given(files: Mapping[str, bytes], starter: Mapping[str, bytes]) -> bool:
    """Whether nobody has filled in anything of these modules."""
    for path, content in files.items():
        stubs = stubs_of(starter[path].decode()) if path in starter else {}
        if not stubs:
            continue
        if len(content) > MAX_CHARACTERS or content.count(b"\n") > MAX_LINES:
            return False
        text = content.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        found = {name: piece for piece in pieces(text) for name in piece.defines}
        if not all(name in found and is_stub(found[name], given) for name, given in stubs.items()):
            return False
    return True


def _measure(piece: Piece) -> tuple[int, int]:
    return piece.text.count(STUB), sum(not line.empty for line in piece.lines)


@cache
def _listed() -> list[tuple[list[str], str]]:
    found = LINE.findall(REPOSITORY.notebook_source.read_text(encoding="utf-8"))
    return [(listed.split(), grade_id or listed.replace(".", "-")) for listed, grade_id in found]

"""The cells of the assignment's notebook that students fill in, as its source lists them.

A line `# %% code="ddpm.ddpm_forward" id="ddpm-forward"` of notebooks/diffusion.py says the cell's
mark, the module that it belongs to and the names that it defines. The starter has their stubs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from autograder.config.paths import REPOSITORY

from .reading import MAX_CHARACTERS, MAX_LINES
from .statements import Statement, top_level

LINE = re.compile(r'# %% code="([^"\n]+)"(?: +id="([\w-]+)")?', re.MULTILINE)
STUB, NOT_ASKED = "raise NotImplementedError(", '("Not asked in this course'


@dataclass(frozen=True)
class Exercise:
    """A cell to fill in: its mark, its module, and the stubs that it defines."""

    grade_id: str
    module: str
    stubs: tuple[str, ...]


def exercises(starter: Mapping[str, bytes], renamed: Mapping[str, str]) -> list[Exercise]:
    """The cells of a course, in the order of its notebook.

    Args:
        starter: the modules that students of the course start from, by path.
        renamed: "unet.TimeConditionalUNet" -> what the course calls it.
    """
    stubs = {module: stubs_of(text) for module, text in modules_of(starter).items()}
    cells = []
    for listed, grade_id in LINE.findall(_notebook_source()):
        module = listed.partition(".")[0]
        names = (renamed.get(name, name.partition(".")[2]) for name in listed.split())
        own = tuple(name for name in names if name in stubs.get(module, ()))
        cells.append(Exercise(grade_id or listed.replace(".", "-"), module, own))
    return cells


def modules_of(starter: Mapping[str, bytes]) -> dict[str, str]:
    """Name -> source of the modules at the top of the starter's package."""
    return {
        Path(path).stem: content.decode()
        for path, content in starter.items()
        if path.count("/") == 1 and not path.endswith("__init__.py")
    }


@lru_cache(64)  # of the starter's modules, for every submission
def stubs_of(source: str) -> dict[str, Statement]:
    """The functions and classes of a module that students are to fill."""
    return {
        name: statement
        for statement in top_level(source)
        if STUB in statement.text and NOT_ASKED not in statement.text
        for name in statement.defines[:1]
    }


def is_stub(statement: Statement, given: Statement) -> bool:
    """Whether nobody has filled it in: as long as the starter's, with as many things to fill.

    Words may differ, as they do where the starter was changed after students had got theirs.
    """
    return _measure(statement) == _measure(given)


def as_given(files: Mapping[str, bytes], starter: Mapping[str, bytes]) -> bool:
    """Whether nobody has filled in anything of these modules."""
    for path, content in files.items():
        stubs = stubs_of(starter[path].decode()) if path in starter else {}
        if not stubs:
            continue
        if len(content) > MAX_CHARACTERS or content.count(b"\n") > MAX_LINES:
            return False
        text = content.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        own = {name: statement for statement in top_level(text) for name in statement.defines}
        if not all(name in own and is_stub(own[name], given) for name, given in stubs.items()):
            return False
    return True


def _measure(statement: Statement) -> tuple[int, int]:
    return statement.text.count(STUB), sum(not line.empty for line in statement.lines)


@cache
def _notebook_source() -> str:
    return REPOSITORY.notebook_source.read_text(encoding="utf-8")

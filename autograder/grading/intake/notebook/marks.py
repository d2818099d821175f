"""Comments in the modules that are made of a notebook mark where its cells are."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

BEGIN, END = "# notebook cell ", "# end of the notebook's cells"
MARK = re.compile(rf"^(?:{re.escape(BEGIN)}([\w-]+|number \d+)|{re.escape(END)})$", re.MULTILINE)
PLACE = re.compile(r'File "(diffusion/(\w+\.py))", line (\d{1,9})(?!\d)')


@dataclass(frozen=True)
class Placed:
    """A cell in a module: its name, its text, and where in the module that begins."""

    name: str
    text: str
    start: int
    line: int


def marked(name: str, text: str) -> str:
    """The text of a cell as it stands in a module; a line in it that looks like a mark is none."""
    plain = MARK.sub(lambda found: f" {found[0]}", text.rstrip())
    return f"\n{BEGIN}{name}\n{plain}\n"


def cells_in(text: str) -> list[Placed]:
    """The cells of a module that was made of a notebook, in order."""
    marks = list(MARK.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [
        Placed(mark[1], text[mark.end() + 1 : end], mark.end() + 1, _line(text, mark.end()) + 1)
        for mark, end in zip(marks, ends, strict=False)  # without marks there is the end alone
        if mark[1]
    ]


def in_cells(files: Mapping[str, bytes]) -> Callable[[str], str]:
    """What rewrites a message: lines of modules become lines of cells, where they come from one."""

    @cache
    def cells(name: str) -> list[Placed]:
        return cells_in(files[name].decode(errors="replace")) if name in files else []

    def placed(match: re.Match[str]) -> str:
        line = int(match[3])
        for cell in cells(match[1]):
            if cell.line <= line < cell.line + cell.text.count("\n"):
                return f"Cell {cell.name}, line {line - cell.line + 1} ({match[2]}, line {line})"
        return match[0]

    return lambda message: PLACE.sub(placed, message)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1

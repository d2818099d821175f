"""The cells of a notebook file. Nothing in it is trusted: it is JSON that anybody may write.

Only the wanted fields are kept while the JSON is read: pictures and other outputs, which are most
of a notebook, are dropped at once. A file with a field twice, or in another shape than Jupyter
writes, is refused with a message.
"""

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

from autograder.grading.intake.encoding import UTF_16

MAX_NOTEBOOK_BYTES = 50_000_000
MAX_VALUES = 3_000_000  # every one takes memory, and outputs like drawings have many
MAX_CELLS = 2000
MAX_CHARACTERS = 300_000  # of all cells together; those of the assignment have a third of it
MAX_LINES = 20_000
WANTED = {
    *("nbformat", "cells", "worksheets", "cell_type", "id", "source"),
    *("metadata", "nbgrader", "grade_id"),
}
GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
AGAIN = "open it in Jupyter, save it and hand it in again"


class BadNotebook(Exception):
    """A file that is no notebook, or not the assignment's; `str` is the rest of a sentence."""


@dataclass(frozen=True)
class Cell:
    """One cell: its place in the notebook, from 1, and what it says.

    `grade_id` is the mark that nbgrader keeps in a cell's metadata, `id` that of the notebook
    format; both are "" where the cell has none. Lines of `source` end in a line feed.
    """

    number: int
    is_code: bool
    source: str
    grade_id: str = ""
    id: str = ""


def read_cells(content: bytes) -> list[Cell]:
    """Every cell of a notebook in format 4.

    Raises:
        BadNotebook: it is too large, no JSON, or no such notebook.
    """
    tree = _parsed(_text(content))
    if not isinstance(tree, dict):
        raise BadNotebook(f"is no notebook; {AGAIN}")
    if "worksheets" in tree or tree.get("nbformat") in (1, 2, 3):
        raise BadNotebook(f"is a notebook of an old format, before 4; {AGAIN}")
    cells = tree.get("cells")
    if tree.get("nbformat") != 4 or not isinstance(cells, list):
        raise BadNotebook(f"is no notebook of format 4; {AGAIN}")
    if len(cells) > MAX_CELLS:
        raise BadNotebook(f"has more than {MAX_CELLS:,} cells; hand in the assignment's alone")
    read = [_cell(number, entry) for number, entry in enumerate(cells, 1)]
    if sum(len(cell.source) for cell in read) > MAX_CHARACTERS:
        raise BadNotebook(f"has more than {MAX_CHARACTERS:,} characters in its cells; shorten it")
    if sum(cell.source.count("\n") for cell in read) > MAX_LINES:
        raise BadNotebook(f"has more than {MAX_LINES:,} lines in its cells; shorten it")
    return read


def _text(content: bytes) -> str:
    if len(content) > MAX_NOTEBOOK_BYTES:
        size = f"is larger than {MAX_NOTEBOOK_BYTES:,} bytes"
        raise BadNotebook(f"{size}; clear its outputs and hand it in again")
    if content.startswith(UTF_16):
        raise BadNotebook("is UTF-16, which no notebook is; save it as UTF-8")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadNotebook(f"is not UTF-8 in line {line}; {AGAIN}") from None


def _parsed(text: str) -> Any:
    if sum(map(text.count, "[{,")) > MAX_VALUES:
        raise BadNotebook("holds too many values; clear its outputs and hand it in again")
    try:
        return json.loads(
            text,
            object_pairs_hook=_wanted,
            parse_int=lambda digits: int(digits) if len(digits) < 10 else None,
            parse_float=lambda _: None,
            parse_constant=lambda _: None,
        )
    except RecursionError:
        raise BadNotebook(f"is nested too deeply for a notebook; {AGAIN}") from None
    except ValueError:
        raise BadNotebook(f"is damaged, no whole notebook; {AGAIN}") from None


def _wanted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in pairs:
        if key in kept:
            raise BadNotebook(f"says {key!r} twice in one place, which no program does; {AGAIN}")
        if key in WANTED:
            kept[key] = value
    return kept


def _cell(number: int, entry: Any) -> Cell:
    if not isinstance(entry, dict) or not isinstance(kind := entry.get("cell_type"), str):
        raise BadNotebook(f"has a cell that is none (number {number}); {AGAIN}")
    source = entry.get("source", "")
    lines = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        raise BadNotebook(f"has a cell without text (number {number}); {AGAIN}")
    text = "".join(lines).replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return Cell(number, kind == "code", text, _grade_id(entry), _name(entry.get("id")))


def _grade_id(entry: dict[str, Any]) -> str:
    metadata = entry.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return _name(nbgrader.get("grade_id")) if isinstance(nbgrader, dict) else ""


def _name(value: Any) -> str:
    return value if isinstance(value, str) and GRADE_ID.fullmatch(value) else ""

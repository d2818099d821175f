"""A cell that Python cannot read costs its own tasks, not those of its whole module."""

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.grading.intake.notebook.marks import END, Placed, cells_in
from autograder.grading.intake.notebook.statements import Statement, top_level
from autograder.grading.review.source_reader import unreadable
from autograder.grading.sandbox import Isolation
from checkkit.text import one_line

MOST_CELLS = 300  # of one notebook that are looked at; the assignment has twenty
LONGEST_NAME = 100
DEFINED = re.compile(r"^(?:(class)|(?:async[ ]+)?def)[ \t]+([^\W\d]\w*)", re.MULTILINE)


@dataclass(frozen=True)
class Mended:
    """The files, with stand-ins for cells that cannot be read, and what to tell of each."""

    files: dict[str, bytes]
    remarks: tuple[str, ...] = ()


def mended(files: Mapping[str, bytes], isolation: Isolation) -> Mended:
    """Modules in which every cell can be read; `files` were made of a notebook.

    What a cell defined that could not be read raises, when it is called, what Python said of it.
    Imports and values of such a cell stay, as far as they can be read by themselves.
    """
    texts = {name: content.decode(errors="surrogatepass") for name, content in files.items()}
    cells = {
        f"{name} {number}": (name, cell)
        for name, text in texts.items()
        for number, cell in enumerate(cells_in(text))
    }
    if len(cells) > MOST_CELLS:
        return Mended(dict(files))
    found = unreadable({key: cell.text for key, (_, cell) in cells.items()}, isolation)
    kept = _readable_statements({key: cells[key][1] for key in found}, isolation)
    remarks = []
    for key in reversed(list(cells)):  # from behind: what stands before keeps its place
        name, cell = cells[key]
        if key in found:
            words = f"cell {cell.name} cannot be read by Python: {found[key]}"
            remarks.insert(0, f"{words}; what it defines counts as wrong, other cells were taken")
            lines = [END, *_lines(cell, words, kept[key])]  # no line of it is the student's
            end = cell.start + len(cell.text)
            texts[name] = "\n".join([texts[name][: cell.start], *lines, texts[name][end:]])
    changed = {cells[key][0] for key in found}
    made = {name: texts[name].encode(errors="surrogatepass") for name in changed}
    told = dict.fromkeys(one_line(words, 400) for words in remarks)
    return Mended({**files, **made}, tuple(told))


def _readable_statements(
    cells: Mapping[str, Placed], isolation: Isolation
) -> dict[str, list[Statement]]:
    """Of each cell, the imports and plain values that Python can read by themselves."""
    small = {
        key: [s for s in top_level(cell.text) if s.is_import or s.is_plain_value]
        for key, cell in cells.items()
    }
    texts = {f"{key} {at}": s.text for key, own in small.items() for at, s in enumerate(own)}
    bad = unreadable(texts, isolation) if len(texts) <= MOST_CELLS else texts
    return {
        key: [statement for at, statement in enumerate(own) if f"{key} {at}" not in bad]
        for key, own in small.items()
    }


def _lines(cell: Placed, words: str, kept: list[Statement]) -> Iterator[str]:
    assigned = (name for statement in top_level(cell.text) for name in statement.defines)
    yield from (f"{name} = None" for name in dict.fromkeys(assigned) if _may_be_bound(name))
    yield from (statement.text.rstrip("\n") for statement in kept)
    for kind, name in DEFINED.findall(cell.text):
        if not _may_be_bound(name):
            continue
        if kind:
            yield f"class {name}:"
            yield f"    def __init__(self, *values, why={words!r}, **options):"
            yield "        raise SyntaxError(why)"
        else:
            yield f"def {name}(*values, why={words!r}, **options):"
            yield "    raise SyntaxError(why)"


def _may_be_bound(name: str) -> bool:
    plain = name.isidentifier() and not keyword.iskeyword(name) and len(name) <= LONGEST_NAME
    return plain and not (name.startswith("__") and name.endswith("__"))

"""A cell that Python cannot read costs its own tasks, not those of its whole module."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.intake.notebook.marks import Placed, cells_in, made_of_a_notebook
from autograder.intake.notebook.statements import pieces
from autograder.sandbox import Isolation
from autograder.suspicion.cage import unreadable
from tests.report.words import one_line

LONGEST_NAME = 100


@dataclass(frozen=True)
class Mended:
    """The files, with stand-ins for cells that cannot be read, and what to tell of each."""

    files: dict[str, bytes]
    remarks: tuple[str, ...] = ()


def mended(files: Mapping[str, bytes], isolation: Isolation) -> Mended:
    """Modules in which every cell can be read, as far as they were made of cells.

    What a cell defined that could not be read raises, when it is called, what Python said of it.
    """
    texts = {
        name: content.decode(errors="surrogatepass")
        for name, content in files.items()
        if made_of_a_notebook({name: content}) and _is_text(content)
    }
    cells = {
        f"{name} {number}": (name, cell)
        for name, text in texts.items()
        for number, cell in enumerate(cells_in(text))
    }
    found = unreadable({key: cell.text for key, (_, cell) in cells.items()}, isolation)
    remarks = []
    for key in reversed(list(cells)):  # from behind: what stands before keeps its place
        name, cell = cells[key]
        if key in found:
            words = f"cell {cell.name} cannot be read by Python: {found[key]}"
            remarks.insert(0, f"{words}; what it defines counts as wrong, other cells were taken")
            text = texts[name]
            end = cell.start + len(cell.text)
            texts[name] = text[: cell.start] + _stand_ins(cell, words) + text[end:]
    changed = {cells[key][0] for key in found}
    made = {name: texts[name].encode(errors="surrogatepass") for name in changed}
    return Mended({**files, **made}, tuple(one_line(words, 400) for words in remarks))


def _is_text(content: bytes) -> bool:
    try:
        return bool(content.decode(errors="surrogatepass"))
    except UnicodeDecodeError:  # a file that was handed in, with a mark of ours in it
        return False


def _stand_ins(cell: Placed, words: str) -> str:
    return "".join(f"{line}\n" for line in _lines(cell, words))


def _lines(cell: Placed, words: str) -> Iterator[str]:
    for piece in pieces(cell.text):
        for name in piece.defines:
            if not piece.is_definition or not name.isidentifier() or len(name) > LONGEST_NAME:
                continue
            if piece.head.first == "class":
                yield f"class {name}:"
                yield f"    def __init__(self, *values, why={words!r}, **options):"
                yield "        raise SyntaxError(why)"
            else:
                yield f"def {name}(*values, why={words!r}, **options):"
                yield "    raise SyntaxError(why)"

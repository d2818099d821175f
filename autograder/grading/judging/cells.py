"""A cell that Python cannot read costs its own tasks, not those of its whole module."""

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from autograder.grading.intake import Submission
from autograder.grading.intake.notebook.marks import END, Placed, cells_in
from autograder.grading.intake.notebook.statements import Statement, top_level
from autograder.grading.review.source_reader import unreadable
from autograder.grading.sandbox import Isolation
from checkkit.text import one_line

MOST_CELLS = 300  # of one notebook that are looked at; the assignment has twenty
LONGEST_NAME = 100
DEFINED = re.compile(r"^(?:(class)|(?:async[ ]+)?def)[ \t]+([^\W\d]\w*)", re.MULTILINE)


def with_stand_ins(submission: Submission, isolation: Isolation) -> Submission:
    """The submission, made of a notebook, with stand-ins for cells that Python cannot read.

    What such a cell defines raises, when it is called, what Python said of the cell. Its imports
    and values stay, as far as they can be read by themselves.
    """
    files = submission.files
    texts = {name: content.decode(errors="surrogatepass") for name, content in files.items()}
    cells = {
        f"{name} {number}": (name, cell)
        for name, text in texts.items()
        for number, cell in enumerate(cells_in(text))
    }
    if len(cells) > MOST_CELLS:
        return submission
    problems = unreadable({key: cell.text for key, (_, cell) in cells.items()}, isolation)
    kept = _readable_statements({key: cells[key][1] for key in problems}, isolation)
    remarks = []
    for key in (key for key in reversed(cells) if key in problems):  # from behind: places stay
        name, cell = cells[key]
        problem = f"cell {cell.name} cannot be read by Python: {problems[key]}"
        remarks.insert(0, f"{problem}; what it defines counts as wrong, other cells were taken")
        lines = [END, *_stand_in(cell, problem, kept[key])]  # no line of it is the student's
        end = cell.start + len(cell.text)
        texts[name] = "\n".join([texts[name][: cell.start], *lines, texts[name][end:]])
    changed = {cells[key][0] for key in problems}
    return replace(
        submission,
        files=files | {name: texts[name].encode(errors="surrogatepass") for name in changed},
        remarks=list(dict.fromkeys(one_line(text, 400) for text in remarks)) + submission.remarks,
    )


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


def _stand_in(cell: Placed, problem: str, kept: list[Statement]) -> Iterator[str]:
    assigned = (name for statement in top_level(cell.text) for name in statement.defines)
    yield from (f"{name} = None" for name in dict.fromkeys(assigned) if _may_be_bound(name))
    yield from (statement.text.rstrip("\n") for statement in kept)
    for kind, name in DEFINED.findall(cell.text):
        if not _may_be_bound(name):
            continue
        if kind:
            yield f"class {name}:"
            yield f"    def __init__(self, *values, why={problem!r}, **options):"
            yield "        raise SyntaxError(why)"
        else:
            yield f"def {name}(*values, why={problem!r}, **options):"
            yield "    raise SyntaxError(why)"


def _may_be_bound(name: str) -> bool:
    plain = name.isidentifier() and not keyword.iskeyword(name) and len(name) <= LONGEST_NAME
    return plain and not (name.startswith("__") and name.endswith("__"))

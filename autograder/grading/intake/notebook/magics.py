"""Lines of a notebook for IPython and for the shell: none of them is run.

A line that goes away leaves a statement that does nothing, so that lines keep their numbers and a
block that held nothing else stays whole.
"""

import re

from .statements import line_at

# Cell magics of which IPython runs the rest of the cell as Python, in the notebook's namespace.
KEEP_THE_CELL = {"%%time", "%%capture", "%%prun"}
HELP = re.compile(r"[ \t]*(?:\?[^\n]*|%{0,2}[\w.*]+\?{1,2}[ \t]*(?:#[^\n]*)?(?=\n|\Z))")
ASSIGNED = re.compile(r"([\w.,* \t]*=)[ \t]*[%!][^\n]*")
FUTURE = "from __future__ import"


def python_of(source: str) -> tuple[str, tuple[str, ...]]:
    """The Python of a cell, with as many lines, and the lines that were dropped.

    Imports from `__future__` go too, for they may only stand at the top of a file.
    """
    text = _dedented(source)
    start = text.lstrip()
    if start.startswith("%%") and start.split(maxsplit=1)[0] not in KEEP_THE_CELL:
        return "\n" * text.count("\n"), (start.partition("\n")[0],)
    kept, dropped, at = [], [], 0
    while at < len(text):
        end = _end_of_magic(text, at)
        if end > at:
            dropped.append(text[at:end].strip())
            kept.append(_nothing(text[at:end]))
        else:
            line = line_at(text, at).text
            kept.append(_nothing(line) if line.startswith(FUTURE) else line)
            end = at + len(line)
        at = end
    return "".join(kept), tuple(dropped)


def _dedented(source: str) -> str:
    """Without the indentation that all of a cell may have, as IPython takes it off."""
    first = next((line for line in source.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    if not indent:
        return source
    return "\n".join(line.removeprefix(indent) for line in source.split("\n"))


def _end_of_magic(text: str, at: int) -> int:
    """Behind the line for IPython or the shell that begins there, else `at`."""
    begin = at
    while begin < len(text) and text[begin] in " \t":
        begin += 1
    is_magic = (
        text.startswith(("%", "!"), begin) or HELP.match(text, at) or ASSIGNED.match(text, at)
    )
    while is_magic:
        end = text.find("\n", at)
        if end < 0:
            return len(text)
        at = end + 1
        is_magic = text.endswith("\\", begin, end)  # it goes on
    return at


def _nothing(lines: str) -> str:
    """As many lines that do nothing, where the dropped ones stood."""
    indent = lines[: len(lines) - len(lines.lstrip(" \t"))]
    target = ASSIGNED.match(lines)
    statement = f"{target[1]} None" if target else f"{indent}pass"
    return statement + "\n" * lines.count("\n")

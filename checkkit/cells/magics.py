"""Lines of a notebook for IPython and for the shell: none of them is run.

A line that goes away leaves a statement that does nothing, so that lines keep their numbers and a
block that held nothing else stays whole. Logical lines are found without a parser, in linear time.
"""

import re
from collections.abc import Iterator

# Cell magics behind which the code of a student stands: run in the notebook, or written to a file.
KEEP_THE_CELL = {"%%time", "%%timeit", "%%capture", "%%prun", "%%writefile", "%%file"}
HELP = re.compile(r"[ \t]*(?:\?[^\n]*|%{0,2}[\w.*]+\?{1,2}[ \t]*(?:#[^\n]*)?(?=\n|\Z))")
ASSIGNED = re.compile(r"([\w.,* \t]*=)[ \t]*[%!][^\n]*")
FUTURE = "from __future__ import"
SIGN = re.compile(r"(?<!\w)[^\W\d]\w*|#[^\n]*|[\n\\()\[\]{}\"']")
STRING_PREFIXES = {"r", "b", "f", "u", "rb", "br", "fr", "rf"}
CLOSES = {quote: re.compile(rf"\\.|{quote}", re.DOTALL) for quote in ("'''", '"""')} | {
    quote: re.compile(rf"\\.|{quote}|\n", re.DOTALL) for quote in ("'", '"')
}


def python_of(source: str) -> tuple[str, list[str]]:
    """The Python of a cell, with as many lines, and the lines that were dropped.

    Imports from `__future__` go too, for they may only stand at the top of a file.
    """
    text = _dedented(source)
    kept, dropped, at = [], [], 0
    while (begin := _behind_blank(text, at)) < len(text) and text.startswith("%%", begin):
        end = _end_of_line(text, begin)
        first = text[begin:end].rstrip("\n")
        dropped.append(first)
        if first.split(maxsplit=1)[0] not in KEEP_THE_CELL:
            return "\n" * text.count("\n"), dropped
        kept.append("\n" * text.count("\n", at, end))
        at = end
    while at < len(text):
        end = _end_of_magic(text, at)
        if end > at:
            dropped.append(text[at:end].strip())
            kept.append(_nothing(text[at:end]))
        else:
            end = end_of_logical_line(text, at)
            line = text[at:end]
            kept.append(_nothing(line) if line.startswith(FUTURE) else line)
        at = end
    return "".join(kept), dropped


def logical_lines(text: str) -> Iterator[str]:
    """The logical lines of a text: each ends where no bracket and no string is open."""
    at = 0
    while at < len(text):
        end = end_of_logical_line(text, at)
        yield text[at:end]
        at = end


def end_of_logical_line(text: str, at: int) -> int:
    """Where the logical line ends that begins at `at`."""
    depth = 0
    while sign := SIGN.search(text, at):
        word, at = sign[0], sign.end()
        if word == "\n" and depth == 0:
            return at
        if word == "\\":
            at += 1
        elif word in "([{":
            depth += 1
        elif word in ")]}":
            depth = max(0, depth - 1)
        elif word in "\"'":
            at = _end_of_string(text, at - 1)
        elif word.lower() in STRING_PREFIXES and text[at : at + 1] in ("'", '"'):
            at = _end_of_string(text, at)
    return len(text)


def _end_of_string(text: str, at: int) -> int:
    quote = text[at] * 3 if text.startswith(text[at] * 3, at) else text[at]
    at += len(quote)
    while found := CLOSES[quote].search(text, at):
        at = found.end()
        if found[0] == quote:
            return at
        if found[0] == "\n":
            return at - 1  # no string at all: Python will say so
    return len(text)


def _dedented(source: str) -> str:
    """Without the indentation that all of a cell may have, as IPython takes it off."""
    first = next((line for line in source.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    if not indent:
        return source
    return "\n".join(line.removeprefix(indent) for line in source.split("\n"))


def _end_of_magic(text: str, at: int) -> int:
    """Behind the line for IPython or the shell that begins there, else `at`."""
    begin = _behind_blank(text, at, " \t")
    is_magic = (
        text.startswith(("%", "!"), begin) or HELP.match(text, at) or ASSIGNED.match(text, at)
    )
    while is_magic:
        end = _end_of_line(text, at)
        is_magic = text.endswith("\\\n", at, end)  # it goes on
        at = end
    return at


def _end_of_line(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)


def _behind_blank(text: str, at: int, blank: str = " \t\n") -> int:
    while at < len(text) and text[at] in blank:
        at += 1
    return at


def _nothing(lines: str) -> str:
    """As many lines that do nothing, where the dropped ones stood."""
    indent = lines[: len(lines) - len(lines.lstrip(" \t"))]
    target = ASSIGNED.match(lines)
    statement = f"{target[1]} None" if target else f"{indent}pass"
    return statement + "\n" * lines.count("\n")

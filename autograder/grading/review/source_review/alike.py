"""Does `tokens` see the code that Python runs? What it does not see, no search for copies finds.

The names outside strings and comments are compared: those that Python's own tokenizer finds in what
Python reads, and those that `tokens` finds in what the judge reads, line by line.
"""

import ast
import io
import tokenize
from collections import defaultdict
from collections.abc import Iterable

from .tokens import decoded, names

OTHERWISE = "is read by Python otherwise than by the search for copies"
# Python 3.12 looks into f-strings; `tokens` may too, where one has quotes of its own kind inside.
STARTS = {getattr(tokenize, f"{kind}STRING_START", None) for kind in "FT"} - {None}
ENDS = {getattr(tokenize, f"{kind}STRING_END", None) for kind in "FT"} - {None}
Lines = dict[int, list[str]]


def otherwise(source: bytes, tree: ast.Module) -> int:
    """The first line that is read otherwise; 0 if there is none. `tree` is what Python reads."""
    try:
        text = _text(source)
        if _identifiers(ast.parse(text)) != _identifiers(tree):
            return 1
        theirs, mixed = _of_python(text)
    except (LookupError, ValueError, SyntaxError, tokenize.TokenError):
        return 1
    ours = _by_line(names(decoded(source)))
    lines = sorted(theirs.keys() | ours.keys())
    return next((n for n in lines if not _alike(theirs[n], ours[n], n in mixed)), 0)


def _text(source: bytes) -> str:
    """The text that Python reads."""
    source = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return source.decode(encoding)


def _identifiers(tree: ast.Module) -> list[str]:
    nodes = ast.walk(tree)
    return [n.id if isinstance(n, ast.Name) else type(n).__name__ for n in nodes]


def _of_python(text: str) -> tuple[Lines, set[int]]:
    """The names in each line, and the lines that have f-strings which Python looks into."""
    found, mixed, depth = [], set(), 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += (token.type in STARTS) - (token.type in ENDS)
        if depth or token.type in ENDS:
            mixed |= {token.start[0], token.end[0]}
        elif token.type == tokenize.NAME:
            found.append((token.start[0], token.string))
    return _by_line(found), mixed


def _by_line(found: Iterable[tuple[int, str]]) -> Lines:
    lines = defaultdict(list)
    for line, name in found:
        lines[line].append(name)
    return lines


def _alike(theirs: list[str], ours: list[str], mixed: bool) -> bool:
    """Whether nothing is missed; in a mixed line more may be seen."""
    left = iter(ours)
    return all(name in left for name in theirs) if mixed else theirs == ours

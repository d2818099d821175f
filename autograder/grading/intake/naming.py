"""A name for every submission, made of its path alone, whatever lies beside it."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from checkkit.text import one_line

RESERVED = (
    *("index.html", "grades.csv", "canvas.csv", "journal.jsonl"),
    *("manual.csv", "override.csv", "extensions.csv", "times.csv"),
)
LONGEST = 80
MOST_BYTES = 180  # file systems hold 255, and reports put endings behind
MOST_LINES = 20  # of remarks, of doubts and of notices
UNFIT = re.compile(r'[/\\:*?"<>|]')  # what some file system or other does not take


def named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Each path once, with a name that is a plain folder name and unique among them.

    The name is the folder's or the file's own; where two are equal, the folders above tell them
    apart. Names that differ in case alone count as equal, for some file systems hold them so.
    """
    unique = list(dict.fromkeys(path.absolute() for path in paths))
    names = {path: _name(path, 1) for path in unique}
    for parts in range(2, max((len(path.parts) for path in unique), default=0) + 1):
        doubled = _doubled(names)
        names = {path: _name(path, parts) if path in doubled else names[path] for path in names}
    for path in _doubled(names):
        digest = hashlib.sha256(str(path).encode(errors="surrogateescape")).hexdigest()[:8]
        names[path] = f"{names[path]}-{digest}"
    return [(names[path], path) for path in unique]


def listed(names: Iterable[str], most: int = 4) -> str:
    """The first few names as messages show them."""
    shown = [one_line(name, 60) for name in names]
    return ", ".join(shown[:most]) + (", ..." if len(shown) > most else "")


def few(lines: Sequence[str], most: int = MOST_LINES) -> tuple[str, ...]:
    """What is said of one submission; of thousands of lines, the first ones and how many more."""
    more = len(lines) - most
    return (*lines[:most], *([f"and {more:,} more"] if more > 0 else []))


def _doubled(names: dict[Path, str]) -> list[Path]:
    count = Counter(name.casefold() for name in names.values())
    return [path for path, name in names.items() if count[name.casefold()] > 1]


def _name(path: Path, parts: int) -> str:
    own = path.stem if path.suffix.lower() in (".zip", ".py", ".ipynb") else path.name
    words = [part for part in path.parts[-parts:-1] if part != path.anchor]
    line = one_line("-".join([*words, own]), LONGEST)
    plain = UNFIT.sub("-", unicodedata.normalize("NFC", line))
    name = plain.encode()[:MOST_BYTES].decode(errors="ignore").strip(". ")
    return f"{name or 'submission'}-" if name.casefold() in RESERVED else name or "submission"

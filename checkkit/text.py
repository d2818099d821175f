"""Text from a submission, made harmless before anybody reads it: on a page, in a terminal, a table.

Nothing else does that. Templates escape HTML.
"""

import re
import unicodedata
from collections.abc import Iterable

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
LIMIT = 4000
LONGEST_CELL = 16_000  # Excel cuts after 32,767, and counts some characters twice
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Controls, formats such as marks of direction, lone halves of a pair, private and unknown
# characters, and separators that only some programs take for a line end.
NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: str) -> str:
    """The text without terminal codes, and with a mark in place of what no reader sees.

    Line ends and tabs stay; `NOT_SHOWN` says what does not.
    """
    text = ANSI.sub("", text).replace("\r\n", "\n")
    return "".join(c if c in "\n\t" or _shown(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def harmless(text: str, limit: int = LIMIT) -> str:
    """Printable text with spaces for tabs; of a text beyond `limit` characters the middle goes."""
    text = printable(text).expandtabs(4)
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def one_line(text: str, limit: int = 200) -> str:
    """Harmless text on a single line."""
    words = " ".join(harmless(text).split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def brief(values: Iterable[float], most: int = 12) -> str:
    """The first numbers of a series, for a message."""
    numbers = [f"{value:.4g}" for value in values]
    return f"[{', '.join(numbers[:most])}{', ...' if len(numbers) > most else ''}]"


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, and that all can hold."""
    cell = f"'{cell}" if cell.startswith(FORMULA) else cell
    return cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…"


def _shown(character: str) -> bool:
    return unicodedata.category(character) not in NOT_SHOWN

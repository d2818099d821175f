"""Text from a submission, made harmless before anybody reads it."""

import re
import unicodedata

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
LIMIT = 4000


def harmless(text: str, limit: int = LIMIT) -> str:
    """The text without terminal codes, control, direction and private characters; cut at `limit`.

    Line ends stay, tabs become spaces. What is left out of a long text is its middle.
    """
    text = ANSI.sub("", text).expandtabs(4).replace("\r\n", "\n")
    text = "".join(c if c == "\n" or _shown(c) else "\N{REPLACEMENT CHARACTER}" for c in text)
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def one_line(text: str, limit: int = 200) -> str:
    """Harmless text on a single line."""
    words = " ".join(harmless(text).split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")

"""Lines of words that fit a width, for `submit.py --pdf`; part of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from matplotlib import font_manager, rcParams
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.textpath import text_to_path
from report_text import Span

# With letters of other languages, as far as they are installed.
OTHERS = ["Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Noto Sans Arabic"]
SMALLEST = 0.5  # of a formula's size; one that is still too wide is shown as text
LINK = "#1f5f99"
ABOVE, BELOW = 1.05, 0.4  # of a line, in letters
BREAK = ()  # a word that ends its line


@dataclass(frozen=True)
class Run:
    """Words that are drawn at once, `x` inches from the left of their line."""

    x: float
    span: Span
    size: float


@dataclass(frozen=True)
class Line:
    """Runs beside each other; all lengths are inches."""

    runs: tuple[Run, ...]
    width: float
    above: float
    below: float


def set_fonts() -> None:
    """Use the fonts that are installed, and embed them so that text can be searched and copied."""
    installed = set(font_manager.get_font_names())
    others = [name for name in OTHERS if name in installed]
    rcParams["font.family"] = ["DejaVu Sans", *others]
    rcParams["font.monospace"] = ["DejaVu Sans Mono", *others]
    rcParams["pdf.fonttype"] = 42


def font_of(span: Span, size: float) -> FontProperties:
    """The font of a span."""
    family = rcParams["font.monospace" if span.code else "font.family"]
    weight, style = ("bold" if span.bold else None), ("italic" if span.italic else None)
    return FontProperties(family=family, size=size, weight=weight, style=style)


@cache
def extent(span: Span, size: float) -> tuple[float, float, float]:
    """Width, and the height above and below the line of letters, in inches."""
    width, height, below = text_to_path.get_text_width_height_descent(
        span.text, font_of(span, size), span.formula
    )
    return width / 72, (height - below) / 72, below / 72


@cache
def is_formula(text: str) -> bool:
    """Whether matplotlib can set it."""
    try:
        MathTextParser("path").parse(text)
    except (ValueError, RuntimeError, RecursionError):
        return False
    return True


def lines_of(spans: Iterable[Span], size: float, inches: float) -> list[Line]:
    """The lines of a paragraph, none of them wider than `inches`; one at least."""
    space, lines, line, used = extent(Span(" "), size)[0], [], [], 0.0
    for word in _words(spans):
        for piece in _fitting(word, size, inches):
            width = _width(piece, size)
            if line and used + space + width > inches:
                lines.append(_line(line, size, inches))
                line, used = [], 0.0
            used += width + space * bool(line)
            line.append(piece)
        if word == BREAK and line:
            lines.append(_line(line, size, inches))
            line, used = [], 0.0
    return [*lines, _line(line, size, inches)] if line or not lines else lines


def line_of(span: Span, size: float) -> Line:
    """A span in one line, with all its spaces."""
    return _line([(replace(span, text=_printable(span.text)),)], size, float("inf"))


def column_widths(
    rows: list[list[list[Span]]], size: float, room: float, gap: float
) -> list[float]:
    """As wide as the widest cell; where the room is too narrow, long cells give way first."""
    columns = list(zip(*rows, strict=True))
    room -= gap * (len(columns) - 1)
    whole = [max(lines_of(cell, size, 1e6)[0].width for cell in column) for column in columns]
    if sum(whole) <= room:
        return [max(width, 0.05) * 1.001 for width in whole]
    least = [max(_longest_word(cell, size) for cell in column) for column in columns]
    if sum(least) > room:
        return [max(width, 0.05) * room / sum(least) for width in least]
    share = (room - sum(least)) / (sum(whole) - sum(least))
    return [low + share * (high - low) for low, high in zip(least, whole, strict=True)]


Word = tuple[Span, ...]


def _words(spans: Iterable[Span]) -> Iterator[Word]:
    """Spans without spaces between them; a formula is never divided."""
    word: list[Span] = []
    for span in spans:
        if span.formula and is_formula(span.text):
            word.append(span)
            continue
        for part in re.split(r"(\s+)", _printable(span.text)):
            if part and not part.isspace():
                word.append(replace(span, text=part, formula=False))
            elif part:
                yield from [tuple(word)] if word else []
                word = []
                yield from [BREAK] if "\n" in part else []
    yield from [tuple(word)] if word else []


def _longest_word(spans: Iterable[Span], size: float) -> float:
    return max((_width(word, size) for word in _words(spans)), default=0.0)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() or letter.isspace())


def _fitting(word: Word, size: float, inches: float) -> Iterator[Word]:
    """The word; where it is too wide, its parts, cut to the width."""
    if _width(word, size) <= inches:
        yield from [word] if word else []
        return
    for span in word:
        if span.formula and _width((span,), size) * SMALLEST <= inches:
            yield (span,)
            continue
        text = span.text
        while text:
            part = replace(span, text=text, formula=False)
            most = max(1, int(len(text) * inches / max(_width((part,), size), inches)))
            while most > 1 and _width((replace(part, text=text[:most]),), size) > inches:
                most -= 1
            yield (replace(part, text=text[:most]),)
            text = text[most:]


def _width(word: Word, size: float) -> float:
    return sum(extent(span, size)[0] for span in word)


def _line(words: list[Word], size: float, inches: float) -> Line:
    """The words with spaces between them, those of one look as one run; a formula may shrink."""
    joined: list[tuple[Span, bool]] = []  # and whether a space is in front
    for place, word in enumerate(words):
        for within, span in enumerate(word):
            gap = " " * (place > 0 and within == 0)
            last = joined[-1][0] if joined else None
            if last and not span.formula and replace(last, text="") == replace(span, text=""):
                joined[-1] = replace(last, text=last.text + gap + span.text), joined[-1][1]
            else:
                joined.append((span, bool(gap)))
    space, x, runs = extent(Span(" "), size)[0], 0.0, []
    above, below = ABOVE * size / 72, BELOW * size / 72
    for span, gap in joined:
        own = size * min(1, inches / max(extent(span, size)[0], 1e-6)) if span.formula else size
        width, up, down = extent(span, own)
        x += space * gap
        runs.append(Run(x, span, own))
        x, above, below = x + width, max(above, up), max(below, down)
    return Line(tuple(runs), x, above, below)

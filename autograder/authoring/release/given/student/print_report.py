"""Prints a report as a PDF with matplotlib, which you have; part of `submit.py --pdf`.

It needs no browser, no LaTeX and no network. Of Markdown it knows headings, quotes, lists, pictures
and formulas between dollars; everything else appears as you wrote it.
"""

from __future__ import annotations

import io
import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from matplotlib import font_manager, rcParams
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.textpath import text_to_path
from PIL import Image

PAGE = 8.27, 11.69  # A4, in inches
MARGIN, LINE = 0.85, 1.45  # inches; line height in letters
PIXELS = 110  # of a picture, in an inch
SIZES = {"# ": 17, "## ": 13, "### ": 11}
TEXT = 10
GREY, RED = "#59616b", "#b03a53"
# With letters of other languages, as far as they are installed.
FONTS = ["DejaVu Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Noto Sans Arabic"]
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PICTURE = re.compile(r"!\[([^\]\n]*)\]\(<?([^)>\n]+?)>?\)")
FORMULA = re.compile(r"(?<!\\)\$[^$\n]+\$")


class Paper:
    """Pages that are filled from top to bottom."""

    def __init__(self, pages: PdfPages):
        self.pages, self.figure = pages, None
        self.count, self.y = 0, 0.0

    def room(self, height: float) -> Figure:
        """The page with so much room below `y`, a new one if necessary."""
        if self.figure is None or self.y - height < MARGIN:
            self.end()
            self.figure, self.y = Figure(figsize=PAGE), PAGE[1] - MARGIN
            self.count += 1
            self.figure.text(0.5, 0.04, str(self.count), ha="center", fontsize=8, color=GREY)
        return self.figure

    def end(self) -> None:
        """Finish the page."""
        if self.figure is not None:
            self.pages.savefig(self.figure)
            self.figure = None

    def text(self, words: str, size: float, colour: str = "black", indent: float = 0.0, **font):
        """A paragraph."""
        height = size * LINE / 72
        for line in wrapped(words, size, PAGE[0] - 2 * MARGIN - indent, font.get("weight")):
            figure = self.room(height)
            self.y -= height
            figure.text(
                *((MARGIN + indent) / PAGE[0], self.y / PAGE[1], line),
                fontsize=size, color=colour, parse_math=_is_formula(line), **font,
            )  # fmt: skip

    def picture(self, png: bytes) -> None:
        """A picture, at most as wide as the text and half as high as a page."""
        with Image.open(io.BytesIO(png)) as image:
            image = image.convert("RGB")
        width, height = (pixels / PIXELS for pixels in image.size)
        scale = min(1, (PAGE[0] - 2 * MARGIN) / width, (PAGE[1] - 2 * MARGIN) / 1.6 / height)
        width, height = scale * width, scale * height
        figure = self.room(height + 0.15)
        self.y -= height + 0.1
        place = MARGIN / PAGE[0], self.y / PAGE[1], width / PAGE[0], height / PAGE[1]
        axes = figure.add_axes(place)
        axes.imshow(image, aspect="auto", interpolation="none")
        axes.axis("off")


@cache
def _width(word: str, size: float, weight: str | None) -> float:
    """Inches."""
    font = FontProperties(family=rcParams["font.family"], size=size, weight=weight)
    formula = _is_formula(word)
    return text_to_path.get_text_width_height_descent(word, font, formula)[0] / 72


@cache
def _is_formula(text: str) -> bool:
    """Whether it has a formula that matplotlib can set."""
    if not FORMULA.search(text) or text.count("$") % 2:
        return False
    try:
        MathTextParser("path").parse(text)
    except (ValueError, RuntimeError):
        return False
    return True


def wrapped(text: str, size: float, inches: float, weight: str | None) -> Iterator[str]:
    """Lines that fit; a formula stays in one line, and a word that is too long is cut."""
    line = ""
    for word in re.findall(r"(?:\$[^$\n]+\$|\S)+", text) or [""]:
        joined = f"{line} {word}".strip()
        if _width(joined, size, weight) <= inches:
            line = joined
            continue
        if line:
            yield line
        while _width(word, size, weight) > inches and len(word) > 8:
            cut = max(8, int(len(word) * inches / _width(word, size, weight)) - 1)
            yield word[:cut]
            word = word[cut:]
        line = word
    yield line


def print_report(text: str, pictures: dict[str, bytes], pdf: Path) -> int:
    """Write the PDF, completely or not at all; return the number of its pages."""
    installed = set(font_manager.get_font_names())
    rcParams["font.family"] = [name for name in FONTS if name in installed]
    rcParams["pdf.fonttype"] = 42  # so that its text can be searched and copied
    half = pdf.with_suffix(".part")
    with PdfPages(half, metadata={"Title": text.partition("\n")[0].lstrip("# ")}) as pages:
        paper = Paper(pages)
        for block in re.split(r"\n\s*\n", COMMENT.sub("\n\n", text)):
            _print_block(paper, block.strip("\n"), pictures)
        paper.end()
    half.replace(pdf)
    return paper.count


def _print_block(paper: Paper, block: str, pictures: dict[str, bytes]) -> None:
    lines = block.splitlines()
    for start, size in SIZES.items():
        if lines and lines[0].startswith(start):
            paper.room(1.2)  # a heading does not stand alone at the end of a page
            paper.y -= 0.12
            paper.text(lines[0][len(start) :], size, weight="bold")
            lines = lines[1:]
    if lines and all(line.startswith(">") for line in lines):
        paper.text(" ".join(line[1:].strip() for line in lines), TEXT, GREY, indent=0.15)
    else:
        for paragraph in _paragraphs(lines):
            _print_paragraph(paper, paragraph, pictures)
    if paper.figure is not None:
        paper.y -= 0.1


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines that belong together: a list's item begins a new one."""
    parts: list[str] = []
    for line in lines:
        if not parts or re.match(r"\s*([-*+]|\d+[.)]|\||#)\s", line) or PICTURE.search(line):
            parts.append(line.strip())
        else:
            parts[-1] += " " + line.strip()
    return parts


def _print_paragraph(paper: Paper, text: str, pictures: dict[str, bytes]) -> None:
    for found in PICTURE.finditer(text):
        name = found[2].removeprefix("./")
        try:
            paper.picture(pictures[name])
        except KeyError:
            paper.text(f"[{name} is missing]", TEXT, RED)
        except (OSError, ValueError, SyntaxError):
            paper.text(f"[{name} cannot be shown: it is no PNG]", TEXT, RED)
    if words := PICTURE.sub("", text).strip():
        paper.text(re.sub(r"\*\*(.+?)\*\*|`(.+?)`", r"\1\2", words), TEXT)


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    shown = {name: b64decode(data) for name, data in asked["pictures"].items()}
    print(print_report(asked["text"], shown, Path(asked["pdf"])))

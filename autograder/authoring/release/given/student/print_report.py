"""Prints a report as a PDF with matplotlib; part of `submit.py --pdf`.

It needs no browser, no LaTeX and no network.
"""

from __future__ import annotations

import io
import json
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from PIL import Image
from report_lines import LINK, Line, column_widths, extent, font_of, line_of, lines_of, set_fonts
from report_text import BOLD, PLAIN, Node, Span, blocks, formula, pieces, words

PAGE = 8.27, 11.69  # A4, in inches
MARGIN = 0.85  # inches, as all lengths here
WIDTH, HEIGHT = (side - 2 * MARGIN for side in PAGE)
PIXELS = 110  # of a picture, in an inch
SIZES = {1: 17, 2: 13, 3: 11}  # of headings; deeper ones are as large as text
TEXT, SMALL = 10, 8.5
INDENT = 0.24  # of a list
GAP = 0.1  # between blocks, and between the columns of a table
INK, GREY, RED, PAPER = "black", "#59616b", "#b03a53", "#f1f3f5"


class Paper:
    """Pages that are filled from top to bottom.

    Args:
        pictures: PNG files by name.
    """

    def __init__(self, pictures: Mapping[str, bytes]):
        self.pictures = pictures
        self.pages: list[Figure] = []
        self.y = 0.0  # inches from the bottom of the page
        self.x = 0.0  # inches from the margin
        self.colour = INK
        self.marks: list[tuple[float, Line]] = []  # of items of lists, in front of the next line

    def print(self, content: Iterable[Node | list[Span]], size: float = TEXT) -> None:
        """Blocks or parts of a block, one below the other; `size` is that of words."""
        before = None
        for piece in content:
            # Paragraphs are hidden in lists without empty lines.
            if before is not None and not getattr(before, "hidden", False):
                self.y -= GAP
            if isinstance(piece, list):
                self.text(piece, size)
            else:
                self.block(piece)
            before = piece

    def block(self, node: Node) -> None:
        """A block, with what is in it."""
        match node.type:
            case "heading":
                self.y -= GAP * bool(self.pages)
                self.room(1.2)  # a heading does not stand alone at the end of a page
                self.print(pieces(node, BOLD), SIZES.get(int(node.tag[1:]), TEXT))
            case "paragraph":
                self.print(pieces(node))
            case "blockquote":
                with self.indented(0.15, GREY):
                    self.print(node.children)
            case "bullet_list" | "ordered_list":
                self.items(node)
            case "fence" | "code_block":
                self.code(node.content)
            case "math_block" | "math_inline_double":
                with self.indented(2 * INDENT):
                    self.text([formula(node)], TEXT + 1)
            case "table":
                self.table(node)
            case "hr":
                self.rule(WIDTH - self.x)
            case "image":
                name = unquote(str(node.attrs["src"])).removeprefix("./")
                self.picture(name, list(words(node)))

    @contextmanager
    def indented(self, inches: float, colour: str = "") -> Iterator[None]:
        """What is printed meanwhile lies more to the right."""
        before = self.x, self.colour
        self.x, self.colour = min(self.x + inches, WIDTH / 2), colour or self.colour
        yield
        self.x, self.colour = before

    def room(self, height: float) -> Figure:
        """The page with so much room below `y`, a new one if necessary."""
        if not self.pages or self.y - height < MARGIN:
            self.pages.append(Figure(figsize=PAGE))
            self.y = PAGE[1] - MARGIN
            self.pages[-1].text(
                0.5, 0.04, str(len(self.pages)), ha="center", fontsize=8, color=GREY
            )
        return self.pages[-1]

    def line(self, parts: Sequence[tuple[float, Line]], fill: str = "") -> None:
        """Lines side by side, each so many inches from the margin."""
        parts, self.marks = [*self.marks, *parts], []
        above, below = (max(getattr(line, of) for _, line in parts) for of in ("above", "below"))
        page = self.room(above + below)
        if fill:
            corner = (MARGIN + self.x) / PAGE[0], (self.y - above - below) / PAGE[1]
            size = (WIDTH - self.x) / PAGE[0], (above + below) / PAGE[1]
            page.add_artist(Rectangle(corner, *size, color=fill, lw=0, zorder=0))
        self.y -= above
        for x, line in parts:
            for run in line.runs:
                span = run.span
                page.text(
                    (MARGIN + x + run.x) / PAGE[0],
                    self.y / PAGE[1],
                    span.text,
                    va="baseline",
                    color=LINK if span.url else self.colour,
                    parse_math=span.formula,
                    fontproperties=font_of(span, run.size),
                    url=span.url if span.url.startswith(("http://", "https://")) else None,
                )
        self.y -= below

    def text(self, spans: Iterable[Span], size: float) -> None:
        """A paragraph."""
        for line in lines_of(spans, size, WIDTH - self.x):
            self.line([(self.x, line)])

    def rule(self, width: float) -> None:
        """A thin line."""
        page = self.room(0.02)
        left = MARGIN + self.x
        x, y = (left / PAGE[0], (left + width) / PAGE[0]), (self.y / PAGE[1],) * 2
        page.add_artist(Line2D(x, y, color=GREY, lw=0.6, alpha=0.6))

    def items(self, block: Node) -> None:
        """A list; its items lie as far to the right as the widest mark needs."""
        first, numbered = int(block.attrs.get("start", 1)), block.type == "ordered_list"
        numbers = range(first, first + len(block.children))
        marks = [line_of(Span(f"{n}{block.markup}" if numbered else "•"), TEXT) for n in numbers]
        indent = max(INDENT, *(mark.width + 0.07 for mark in marks))
        inside = [part for item in block.children for part in item.children]
        loose = any(part.type == "paragraph" and not part.hidden for part in inside)
        for number, mark, item in zip(numbers, marks, block.children, strict=True):
            self.y -= GAP * (loose and number > first)
            with self.indented(indent):
                self.marks.append((self.x - mark.width - 0.07, mark))
                self.print(item.children)
                self.marks_alone()

    def marks_alone(self) -> None:
        """Marks in front of no text, as of an empty item."""
        if self.marks:
            self.line([])

    def code(self, text: str) -> None:
        """Lines of code; those that are too long go on in the next one."""
        letter = extent(Span("m", code=True), SMALL)[0]
        most = int((WIDTH - self.x - 2 * GAP) / letter)
        for line in text.replace("\t", "    ").splitlines() or [""]:
            for start in range(0, max(1, len(line)), most):
                part = line[start : start + most] or " "
                self.line([(self.x + GAP, line_of(Span(part, code=True), SMALL))], PAPER)

    def table(self, block: Node) -> None:
        """A table whose columns share the page's width, and below it the pictures in its cells."""
        rows = [row.children for part in block.children for row in part.children]
        sides = [str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in rows[0]]
        texts = [
            [list(words(cell, PLAIN if at else BOLD)) for cell in row]
            for at, row in enumerate(rows)
        ]
        widths = column_widths(texts, SMALL, WIDTH - self.x, GAP)
        for at, row in enumerate(texts):
            cells = [lines_of(cell, SMALL, width) for cell, width in zip(row, widths, strict=True)]
            for n in range(max(map(len, cells))):
                x, parts = self.x, []
                for cell, width, side in zip(cells, widths, sides, strict=True):
                    if n < len(cell):
                        free = max(0.0, width - cell[n].width)
                        parts.append((x + free * {"center": 0.5, "right": 1}.get(side, 0), cell[n]))
                    x += width + GAP
                self.line(parts)
            self.y -= 0.03
            if at == 0:
                self.rule(sum(widths) + GAP * (len(widths) - 1))
                self.y -= 0.03
        self.print(node for node in block.walk() if node.type == "image")

    def picture(self, name: str, caption: list[Span]) -> None:
        """A picture, at most as wide as the text and half as high as a page, and words below it."""
        try:
            with Image.open(io.BytesIO(self.pictures[name])) as image:
                image = image.convert("RGB")
        except (KeyError, OSError, ValueError, SyntaxError) as error:
            why = "is missing" if isinstance(error, KeyError) else "cannot be shown: it is no PNG"
            with self.indented(0, RED):
                self.text([Span(f"[{name} {why}]")], TEXT)
            return
        width, height = (pixels / PIXELS for pixels in image.size)
        scale = min(1, (WIDTH - self.x) / width, HEIGHT / 1.6 / height)
        width, height = scale * width, scale * height
        page = self.room(height + 0.6)
        self.marks_alone()
        self.y -= height + 0.1
        place = (MARGIN + self.x) / PAGE[0], self.y / PAGE[1], width / PAGE[0], height / PAGE[1]
        axes = page.add_axes(place)
        axes.imshow(image, aspect="auto", interpolation="none")
        axes.axis("off")
        if caption:
            with self.indented(0, GREY):
                self.text(caption, SMALL)


def laid_out(text: str, pictures: Mapping[str, bytes]) -> list[Figure]:
    """The pages of a report in Markdown."""
    set_fonts()
    paper = Paper(pictures)
    paper.print(blocks(text))
    paper.room(0)
    return paper.pages


def print_report(text: str, pictures: dict[str, bytes], pdf: Path) -> int:
    """Write the PDF, completely or not at all; return the number of its pages."""
    pages = laid_out(text, pictures)
    half = pdf.with_suffix(".part")
    with PdfPages(half, metadata={"Title": text.partition("\n")[0].lstrip("# ")}) as file:
        for page in pages:
            file.savefig(page)
    half.replace(pdf)
    return len(pages)


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    shown = {name: b64decode(data) for name, data in asked["pictures"].items()}
    print(print_report(asked["text"], shown, Path(asked["pdf"])))

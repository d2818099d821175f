"""Figures 1 and 3 of the handout: the UNet without and with conditions.

Down on the left, up on the right. A skip leaves the left side at the height at which the right side
concatenates it, which is where both have the same resolution.
"""

from itertools import pairwise
from pathlib import Path

from .drawing import FAINT, INK, Page

WIDE, HIGH = 1.5, 0.46  # a block
RADIUS = 0.2  # a circle
CAT, FIRST, STEP = 0.34, 0.36, 0.5  # cat below the next block; circles above the one before
LEFT = "ConvBlock 1→D", "DownBlock D→D", "DownBlock D→2D", "Flatten"
RIGHT = "Conv2d D→1", "ConvBlock 2D→D", "UpBlock 2D→D", "UpBlock 4D→D", "Unflatten"
NAMES = "", "", "up2", "up1", "unflatten"  # of what the blocks on the right return, in the text
SKIPS = "D × 28 × 28", "D × 14 × 14", "2D × 7 × 7"
MERGED = "2D × 28 × 28", "2D × 14 × 14", "4D × 7 × 7"
SMALL, IMAGE = "2D × 1 × 1", "1 × 28 × 28"


def figure_unconditional(path: Path) -> None:
    """Figure 1."""
    page = Page(5.75, width=5.0)
    _net(page, left=0.85, right=3.26, heights=(4.85, 3.85, 2.7, 1.55, 0.4))
    page.save(path)


def figure_conditional(path: Path) -> None:
    """Figure 3: the same net, with two feature maps scaled by the class and shifted by the time."""
    page = Page(8.25, width=5.4)
    right, heights = 2.75, (7.35, 6.4, 5.25, 3.12, 0.99)
    _net(page, left=0.8, right=right, heights=heights)
    for row, index, width in ((4, 1, "2D"), (3, 2, "D")):
        first = heights[row] + HIGH / 2 + FIRST
        _condition(page, right, first, "×", "c", f"c{index}", f"10→{width}")
        _condition(page, right, first + STEP, "+", "t", f"t{index}", f"1→{width}")
    page.text(
        (2.7, 0.33),
        "c: one-hot class, all zeros where the mask is 0.   t: time / T, in [0, 1].\n"
        "The time-conditional net has the two + and neither of the ×.",
        10,
        FAINT,
    )
    page.save(path)


def _net(page: Page, left: float, right: float, heights: tuple[float, ...]) -> None:
    top, *rows = heights
    middle, half = (left + right) / 2, HIGH / 2
    page.text((left, top + 0.1), "x", 14, style="italic")
    page.text((left, top + 0.38), IMAGE, 10, FAINT)
    page.arrow((left, top - 0.06), (left, rows[0] + half))
    page.arrow((right, top + half), (right, top + 0.55))
    page.text((right, top + 0.7), IMAGE, 10, FAINT)
    for y, text in zip(rows, LEFT, strict=True):
        page.box((left, y), (WIDE, HIGH), text, points=11)
    for y, text, name in zip(heights, RIGHT, NAMES, strict=True):
        page.box((right, y), (WIDE, HIGH), text, points=11)
        page.text((right + WIDE / 2 + 0.08, y), name, 10.5, ha="left", style="italic")
    for above, below in pairwise(rows):
        page.arrow((left, above - half), (left, below + half))
    for above, below in zip(heights, rows, strict=False):
        page.arrow((right, below + half), (right, above - half))
    page.arrow((left + WIDE / 2, rows[-1]), (right - WIDE / 2, rows[-1]))
    if right - left - WIDE > 0.8:
        page.text((middle, rows[-1] + 0.15), SMALL, 10, FAINT)
    for above, skip, merged in zip(rows, SKIPS, MERGED, strict=False):
        y = above - half - CAT
        page.dot((left, y))
        page.arrow((left, y), (right - RADIUS, y))
        page.text((middle, y + 0.14), skip, 10, FAINT)
        page.disc((right, y), "cat", RADIUS, 9.5)
        page.text((right + RADIUS + 0.08, y), merged, 10, FAINT, ha="left")


def _condition(page: Page, x: float, y: float, sign: str, of: str, name: str, widths: str) -> None:
    """An FCBlock to the right whose output meets the feature map in a circle."""
    page.disc((x, y), sign, RADIUS, 13, "#fdecef")
    page.box((4.27, y), (1.42, 0.4), f"FCBlock {widths}", points=10.5)
    page.arrow((3.56, y), (x + RADIUS, y))
    page.text(((3.56 + x + RADIUS) / 2 + 0.04, y + 0.13), name, 11)
    page.disc((5.22, y), of, 0.13, 11)
    page.axes.plot([4.98, 5.09], [y, y], color=INK, lw=1.2, zorder=2)

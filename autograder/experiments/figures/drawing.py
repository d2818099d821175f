"""Boxes, arrows and colours that all figures share.

Units are inches of the page and the origin is its lower left corner, so that sizes in the code are
sizes on paper. Figures are at most 6 inches wide with letters of 10 points and more, for phones.
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

WIDTH = 6.0
DPI = 150
INK, FAINT, PAPER = "#22262b", "#59616b", "#ffffff"
COLOURS = {
    "conv": "#bcd9f2",
    "down": "#f8d5a8",
    "up": "#c3e6bd",
    "flat": "#dccdf0",
    "fc": "#f6c3cc",
    "plain": "#e8eaed",
}
KIND = {
    "Conv": "conv", "ConvBlock": "conv", "DownConv": "down", "DownBlock": "down", "UpConv": "up",
    "UpBlock": "up", "Flatten": "flat", "Unflatten": "flat", "FCBlock": "fc",
}  # fmt: skip
Point = tuple[float, float]


class Page:
    """A white page of WIDTH x height inches to draw on."""

    def __init__(self, height: float, width: float = WIDTH):
        self.height = height
        self.figure = plt.figure(figsize=(width, height), dpi=DPI, facecolor=PAPER)
        self.axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
        self.axes.set_axis_off()

    def box(self, at: Point, size: Point, text: str, kind: str | None = None, points=12.0) -> None:
        """A rounded box centred at `at`; its colour follows the first word of the text."""
        (x, y), (w, h) = at, size
        colour = COLOURS[kind or KIND.get(text.split()[0], "plain")]
        shape = "round,pad=0,rounding_size=0.08"
        self.axes.add_patch(
            FancyBboxPatch((x - w / 2, y - h / 2), w, h, shape, fc=colour, ec=INK, lw=0.9, zorder=3)
        )
        self.text(at, text, points)

    def disc(self, at: Point, text: str, radius=0.2, points=11.0, colour=PAPER) -> None:
        """A small circle: an operation without parameters, or an input."""
        self.axes.add_patch(Circle(at, radius, fc=colour, ec=INK, lw=0.9, zorder=3))
        self.text(at, text, points)

    def text(self, at: Point, text: str, points=10.5, colour=INK, **how) -> None:
        how = {"ha": "center", "va": "center_baseline", "linespacing": 1.25, "zorder": 4} | how
        x, y = at[0], at[1] + 0.0022 * points  # the middle of capitals, not of their line
        self.axes.text(x, y, text, fontsize=points, color=colour, **how)

    def arrow(self, *corners: Point, colour=INK, dashed=False) -> None:
        """A line through all corners with a head at its end."""
        style = {"color": colour, "lw": 1.2, "ls": "--" if dashed else "-", "zorder": 2}
        if len(corners) > 2:
            self.axes.plot(*zip(*corners[:-1], strict=True), solid_capstyle="round", **style)
        head = "-|>,head_length=4,head_width=2.2"
        self.axes.add_patch(
            FancyArrowPatch(*corners[-2:], arrowstyle=head, shrinkA=0, shrinkB=0, **style)
        )

    def dot(self, at: Point) -> None:
        self.axes.add_patch(Circle(at, 0.045, fc=INK, ec=INK, zorder=3))

    def image(self, at: Point, size: float, pixels, **how) -> None:
        """A grey picture centred at `at`."""
        x, y = at
        extent = (x - size / 2, x + size / 2, y - size / 2, y + size / 2)
        how = {"cmap": "gray", "interpolation": "nearest", "zorder": 3} | how
        limits = self.axes.get_xlim(), self.axes.get_ylim()
        self.axes.imshow(pixels, extent=extent, aspect="auto", **how)
        self.axes.set(xlim=limits[0], ylim=limits[1])

    def save(self, path: Path) -> None:
        """Write a PNG of few colours, without a date: the same drawing gives the same file."""
        self.figure.savefig(path, facecolor=PAPER, metadata={"Software": None})
        plt.close(self.figure)


def columns(count: int, left: float, right: float) -> Sequence[float]:
    """The centres of `count` equal columns between left and right."""
    step = (right - left) / count
    return [left + step * (at + 0.5) for at in range(count)]

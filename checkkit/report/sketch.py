# for: unet time_unet class_unet
"""The UNet of the handout as a small sketch: what is wrong is red, dashed and crossed."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

Point = tuple[float, float]
LEFT, RIGHT, SIDE = 1.0, 3.2, 4.55
WIDE, HIGH = 1.3, 0.42
INK, FAINT, WRONG, PAPER = "#22262b", "#9aa3ad", "#b3261e", "#ffffff"
FILLS = {"left": "#e3edf7", "right": "#e4f1e1", "side": "#fbe3e8"}
# name: column, height above the bottom in inches, label
BOXES = {
    "enter": (LEFT, 4.35, "ConvBlock", "left"),
    "down1": (LEFT, 3.45, "DownBlock", "left"),
    "down2": (LEFT, 2.1, "DownBlock", "left"),
    "flatten": (LEFT, 0.5, "Flatten", "left"),
    "last": (RIGHT, 5.15, "Conv2d", "right"),
    "leave": (RIGHT, 4.35, "ConvBlock", "right"),
    "up2": (RIGHT, 3.45, "UpBlock", "right"),
    "up1": (RIGHT, 2.1, "UpBlock", "right"),
    "unflatten": (RIGHT, 0.5, "Unflatten", "right"),
}
WORDS = {
    "x to enter": "the image to the first ConvBlock",
    "enter to down1": "the first ConvBlock to the first DownBlock",
    "down1 to down2": "the first to the second DownBlock",
    "down2 to flatten to unflatten": "the second DownBlock through Flatten to Unflatten",
    "unflatten to up1": "Unflatten to the first UpBlock",
    "up1 to up2": "the first to the second UpBlock",
    "up2 to leave": "the second UpBlock to the last ConvBlock",
    "leave to last": "the last ConvBlock to the last convolution",
    "last to output": "the last convolution to the output",
    "skip down2 to up1": "the skip from the second DownBlock to the first UpBlock",
    "skip down1 to up2": "the skip from the first DownBlock to the second UpBlock",
    "skip enter to leave": "the skip from the first ConvBlock to the last one",
    "t1": "t1, added to unflatten",
    "t2": "t2, added to up1",
    "c1": "c1, multiplied by unflatten",
    "c2": "c2, multiplied by up1",
}
# Where conditions meet the path upwards, and where a skip does.
MEETS = {"c1": 0.96, "t1": 1.3, "c2": 2.53, "t2": 2.83}
JOINS = {"up1": 1.68, "up2": 3.06, "leave": 3.92}


def draw_sketch(figure: Figure, connections: Mapping[str, bool | None]) -> None:
    """Fill a figure of 5.2 x 5.75 inches."""
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 5.2), ylim=(0.2, 5.95))
    axes.set_axis_off()
    for x, y, label, kind in BOXES.values():
        _box(axes, (x, y), label, FILLS[kind])
    for name, state in connections.items():
        for number, (start, end) in enumerate(_lines(name, "t1" in connections)):
            _wire(axes, start, end, state, crossed=number == 0)
        if name in MEETS:
            _condition(axes, name, state)
    axes.text(LEFT, 5.15, "x", ha="center", va="center", fontsize=13, style="italic", color=INK)
    axes.text(RIGHT, 5.83, "output", ha="center", va="center", fontsize=10, color=INK)


def sketch_in_words(connections: Mapping[str, bool | None]) -> str:
    """The sketch for those who cannot see it."""
    wrong = [WORDS[name] for name, state in connections.items() if state is False]
    right = sum(state is True for state in connections.values())
    if not wrong:
        return f"A UNet in which all {right} connections are right"
    are = "connection is" if len(wrong) == 1 else "connections are"
    return f"A UNet in which {len(wrong)} {are} wrong: {'; '.join(wrong)}. {right} are right"


def _lines(name: str, conditional: bool) -> list[tuple[Point, Point]]:
    """From where to where a connection is drawn, the middle piece first."""
    half = HIGH / 2
    if name == "x to enter":
        return [((LEFT, 5.03), (LEFT, BOXES["enter"][1] + half))]
    if name == "last to output":
        return [((RIGHT, BOXES["last"][1] + half), (RIGHT, 5.74))]
    if name == "down2 to flatten to unflatten":
        low = BOXES["flatten"][1]
        return [
            ((LEFT + WIDE / 2, low), (RIGHT - WIDE / 2, low)),
            ((LEFT, BOXES["down2"][1] - half), (LEFT, low + half)),
        ]
    if name.startswith("skip"):
        _, start, _, end = name.split()
        height = JOINS[end]
        return [((LEFT, height), (RIGHT, height))]
    if name in MEETS:
        return [((SIDE - 0.2, MEETS[name]), (RIGHT, MEETS[name]))]
    start, end = name.split(" to ")
    up = BOXES[end][1] > BOXES[start][1]
    x = BOXES[end][0]
    return [((x, BOXES[start][1] + (half if up else -half)),
             (x, BOXES[end][1] + (-half if up else half)))]  # fmt: skip


def _wire(axes: Axes, start: Point, end: Point, state: bool | None, crossed: bool) -> None:
    colour = {True: INK, False: WRONG, None: FAINT}[state]
    style = {"color": colour, "lw": 2.4 if state is False else 1.3,
             "ls": (0, (3, 2)) if state is False else "-"}  # fmt: skip
    arrow = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **style}
    axes.annotate("", end, start, arrowprops=arrow, zorder=2)
    if state is False and crossed:
        x, y = start[0] * 0.45 + end[0] * 0.55, start[1] * 0.45 + end[1] * 0.55
        axes.text(x, y, "✗", ha="center", va="center", fontsize=17, color=WRONG, zorder=5,
                  fontname="DejaVu Sans", fontweight="bold")  # fmt: skip


def _condition(axes: Axes, name: str, state: bool | None) -> None:
    colour = WRONG if state is False else INK
    y = MEETS[name]
    sign = "×" if name.startswith("c") else "+"
    axes.text(RIGHT, y, sign, ha="center", va="center", fontsize=11, color=colour, zorder=4,
              bbox={"boxstyle": "circle,pad=0.12", "fc": PAPER, "ec": colour, "lw": 1})  # fmt: skip
    axes.text(SIDE, y, name, ha="center", va="center", fontsize=11, color=colour, zorder=4,
              bbox={"boxstyle": "round,pad=0.18", "fc": FILLS["side"], "ec": colour,
                    "lw": 1})  # fmt: skip


def _box(axes: Axes, at: Point, label: str, fill: str) -> None:
    x, y = at
    shape = "round,pad=0,rounding_size=0.06"
    corner, look = (x - WIDE / 2, y - HIGH / 2), {"fc": fill, "ec": INK, "lw": 0.9, "zorder": 3}
    axes.add_patch(FancyBboxPatch(corner, WIDE, HIGH, shape, **look))
    axes.text(x, y, label, ha="center", va="center", fontsize=11, color=INK, zorder=4)


# end for

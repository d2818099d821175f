"""frechet.png: the Fréchet distance against net evaluations, and digits of every row."""

import io
from itertools import groupby

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from .table import Table

WIDTH, DPI = 6.0, 120  # inches
COLOURS = ("#2f6690", "#c8553d", "#59616b", "#6a994e", "#8e5aa8", "#c99700", "#3aa6a0")
MARKERS = "osD^vP*"
FRAME = ((0, 0), (1, 1), (1, 1))  # a white pixel around each digit
BAND = "#d9dce0"


def draw(table: Table) -> bytes:
    """One line for each method, real digits as a band, and one digit of each class: PNG."""
    scored = sorted(table.scored, key=lambda one: (one.row.line, one.row.evaluations))
    heights = (3.6, 0.32 * len(scored) + 0.3)
    figure = Figure(figsize=(WIDTH, sum(heights)), dpi=DPI, layout="constrained")
    axes, strip = figure.subplots(2, 1, height_ratios=heights)
    low, high = min(table.real.frechet), max(table.real.frechet)
    axes.axhspan(low, high, color=BAND, label=f"{table.count:,} real digits")
    lines = [[*ones] for _, ones in groupby(scored, key=lambda one: one.row.line)]
    for number, ones in enumerate(lines):
        at = [one.row.evaluations for one in ones]
        style = {"color": COLOURS[number % 7], "marker": MARKERS[number % 7], "ms": 5}
        axes.plot(at, [one.frechet for one in ones], label=ones[0].row.line, **style)
    axes.set(xscale="log", yscale="log", ylabel="Fréchet distance")
    axes.set_xlabel(f"net evaluations for an image (guidance w = {table.guidance:g})")
    ticks = sorted({one.row.evaluations for one in scored})
    shown = [tick for tick, last in zip(ticks, [0, *ticks], strict=False) if tick > 1.3 * last]
    axes.set_xticks(shown, [f"{tick}" for tick in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    rows = [np.concatenate([*np.pad(one.shown, FRAME, constant_values=1)], 1) for one in scored]
    strip.imshow(np.concatenate(rows).clip(0, 1), cmap="gray", vmin=0, vmax=1)
    names = [f"{one.row.line}: {one.row.evaluations}" for one in scored]
    strip.set_yticks([30 * number + 15 for number in range(len(rows))], names, fontsize=8)
    strip.set_xticks([])
    strip.tick_params(length=0)
    strip.set_frame_on(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()

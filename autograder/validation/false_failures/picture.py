"""Sorted p-values against the uniform distribution, a line for each statistic of each check."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from scipy.stats import kstwo

from .claims import Null
from .verdicts import LEVEL, Statistic

COLOURS = {Null.UNIFORM: "#2f6690", Null.BOUND: "#c8553d"}
BAND = "#f2c14e"


def draw_nulls(statistics: Sequence[Statistic]) -> bytes:
    """A PNG for a phone's width.

    Above, shares against u on logarithmic axes: there the rare ones can be seen. Below, the
    distance from the diagonal, and the band that a uniform statistic leaves once in 1 / LEVEL runs.
    """
    figure = Figure(figsize=(6, 7.4), dpi=120, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    rare, gaps = figure.subplots(2, 1, height_ratios=(1.15, 1))
    runs = max((len(one.spread) for one in statistics), default=0)
    shown = [(one, one.claim.null) for one in statistics if one.claim and one.spread]
    for one, claimed in sorted(shown, key=lambda pair: pair[1] == Null.BOUND):
        style = {"color": COLOURS[claimed], "lw": 0.6, "alpha": 0.6, "rasterized": True}
        u = np.sort(one.spread)
        rare.plot(*_steps(u), **style)
        grid = np.linspace(0, 1, 401)
        gaps.plot(grid, np.searchsorted(u, grid, "right") / u.size - grid, **style)
    band = kstwo.isf(LEVEL, runs) if runs else 1.0
    gaps.axhspan(-band, band, color=BAND, alpha=0.35, lw=0)
    floor = 0.5 / max(runs, 1)
    rare.plot([floor, 1], [floor, 1], color="black", lw=0.8, ls="--")
    rare.set(xscale="log", yscale="log", xlim=(floor, 1), ylim=(floor, 1.5))
    rare.set(xlabel="u", ylabel="share of runs with p ≤ u")
    gaps.set(xlim=(0, 1), ylim=(-0.25, max(0.05, 1.3 * band)), xlabel="u", ylabel="share minus u")
    for axes in (rare, gaps):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.2)
    counts = {null: sum(claimed is null for _, claimed in shown) for null in Null}
    lines = [rare.plot([], [], color=COLOURS[null], lw=2)[0] for null in Null]
    words = [f"{counts[null]} claimed {null}" for null in Null]
    rare.legend(lines, words, frameon=False, loc="upper left")
    gaps.text(0.99, 0.04, f"band: Kolmogorov-Smirnov p > {LEVEL:g}", ha="right", va="bottom",
              transform=gaps.transAxes)  # fmt: skip
    rare.set_title(f"p-values of right submissions, up to {runs:,} of each statistic", fontsize=11)
    canvas.draw()
    return _png(np.asarray(canvas.buffer_rgba()))


def _steps(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The empirical distribution: all of the rare ones, few of the many."""
    rank = np.unique(np.geomspace(1, u.size, 300).astype(int))
    return u[rank - 1], rank / u.size


def _png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    few = Image.fromarray(pixels).convert("RGB").quantize(48, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()

"""Sorted p-values against the uniform distribution, a line for each statistic of each check."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import kstwo

from autograder.validation.files import png_of

from .claims import Null
from .verdicts import LEVEL, Statistic

COLOURS = {Null.UNIFORM: "#2f6690", Null.BOUND: "#c8553d"}
BAND = "#f2c14e"


def draw(statistics: Sequence[Statistic]) -> bytes:
    """A PNG for a phone's width.

    Above, shares against u on logarithmic axes, which show rare p-values. Below, the distance from
    the diagonal, and the band that a uniform statistic leaves once in 1 / LEVEL runs.
    """
    figure = Figure(figsize=(6, 7.4), dpi=120, layout="constrained")
    rare, gaps = figure.subplots(2, 1, height_ratios=(1.15, 1))
    runs = max((len(one.spread) for one in statistics), default=0)
    shown = [(one, one.claim.null) for one in statistics if one.claim and one.spread]
    for one, null in sorted(shown, key=lambda pair: pair[1] == Null.BOUND):
        style = {"color": COLOURS[null], "lw": 0.6, "alpha": 0.6, "rasterized": True}
        u = np.sort(one.spread)
        rank = np.unique(np.geomspace(1, u.size, 300).astype(int))  # all of the rare ones
        rare.plot(u[rank - 1], rank / u.size, **style)
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
    for null in Null:
        count = sum(claimed is null for _, claimed in shown)
        rare.plot([], [], color=COLOURS[null], lw=2, label=f"{count} claimed {null}")
    rare.legend(frameon=False, loc="upper left")
    words = f"band: Kolmogorov-Smirnov p > {LEVEL:g}"
    gaps.text(0.99, 0.04, words, ha="right", va="bottom", transform=gaps.transAxes)
    title = f"p-values of correct submissions, up to {runs:,} of each statistic"
    rare.set_title(title, fontsize=11)
    return png_of(figure)

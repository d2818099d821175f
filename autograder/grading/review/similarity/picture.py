"""The histogram of shares: where the many lie, and where the few that are flagged."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = ("#2f6690", "#c8553d", "#f2c14e")


def histogram(
    shares: Mapping[str, Sequence[float]], threshold: float, what: str = "pairs"
) -> bytes:
    """A PNG for a phone's width; counts on a logarithmic axis, so that single pairs can be seen."""
    figure = Figure(figsize=(6, 2.8), dpi=120, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    edges = np.linspace(0, 1, 41).tolist()
    for (name, values), colour in zip(shares.items(), COLOURS, strict=False):
        axes.hist(values, edges, color=colour, alpha=0.75, label=f"{name} ({len(values):,})")
    axes.axvline(threshold, color="black", lw=1, ls="--", label=f"flagged from {threshold:g}")
    axes.set(yscale="log", xlim=(0, 1), ylim=(0.6, None), ylabel=what)
    axes.set_xlabel("largest share of a file that stands in the other submission")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    buffer = io.BytesIO()
    canvas.print_png(buffer)
    return buffer.getvalue()

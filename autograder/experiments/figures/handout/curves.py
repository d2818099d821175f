"""Loss curves: every batch above, every epoch below, on logarithmic axes."""

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from PIL import Image

INK, FAINT = "#22262b", "#59616b"
BLUE, RED = "#2f6fad", "#b03a53"
WINDOW = 50  # batches in a running mean
POINTS = 12  # of letters; 6 inches are 390 pixels on a phone, a point is 0.9 of them


def drawable(losses: Sequence[float]) -> bool:
    """Whether a logarithmic axis can show them."""
    return bool(losses) and all(math.isfinite(loss) and loss > 0 for loss in losses)


def draw_losses(batches: Sequence[float], epochs: Sequence[float], title: str) -> bytes:
    """A PNG of both curves.

    Args:
        batches: the loss of every batch; positive, at least one.
        epochs: the mean over each epoch's batches; positive, at least one.
        title: above both.
    """
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)  # inches
    figure = Figure(figsize=(6, 6.4), dpi=130, layout=layout)
    above, below = figure.subplots(2, 1)
    _batches(above, np.asarray(batches), len(batches) // len(epochs))
    below.plot(np.arange(1, len(epochs) + 1), epochs, "o-", color=BLUE, markersize=5)
    below.set_xlabel("epoch", fontsize=POINTS)
    below.set_ylabel("mean loss of an epoch", fontsize=POINTS)
    for axes, losses in ((above, batches), (below, epochs)):
        _scale(axes, losses)
    style = {"fontsize": POINTS + 1, "fontweight": "bold", "color": INK}
    figure.suptitle(title, parse_math=False, **style)  # a folder's name may hold dollars
    return _png(figure)


def _batches(axes: Axes, losses: np.ndarray, in_an_epoch: int) -> None:
    steps = np.arange(1, len(losses) + 1)
    marker = "." if len(losses) < WINDOW else ""
    few = len(losses) < 2 * WINDOW
    style: dict[str, Any] = {"lw": 1.2} if few else {"lw": 0.5, "alpha": 0.5}
    axes.plot(steps, losses, color=BLUE, marker=marker, label="each batch", **style)
    if not few:
        means = np.convolve(losses, np.full(WINDOW, 1 / WINDOW), "valid")
        label = f"mean of the last {WINDOW}"
        axes.plot(steps[WINDOW - 1 :], means, color=RED, lw=1.5, label=label)
        axes.legend(frameon=False, fontsize=POINTS, loc="upper right")
    axes.set_xlabel(f"batch ({in_an_epoch:,} in an epoch)", fontsize=POINTS)
    axes.set_ylabel("loss of a batch", fontsize=POINTS)


def _scale(axes: Axes, losses: Sequence[float]) -> None:
    wide = max(losses) / min(losses)
    axes.set_yscale("log")
    subs = (1, 2, 5) if 4 < wide < 300 else (1,) if wide >= 300 else (1, 1.5, *range(2, 10))
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
    if wide < 1.6:
        axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.3g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.tick_params(labelsize=POINTS - 1)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _png(figure: Figure) -> bytes:
    raw, buffer = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, format="png")
    with Image.open(raw) as page:
        few = page.convert("RGB").quantize(32, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()

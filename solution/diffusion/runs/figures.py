"""Two helpers for figures: a curve, and a grid of images. Use them for your own figures too."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch


def save_curve(path: str | Path, losses: Sequence[float], xlabel: str, title: str = "") -> None:
    """Draw one loss after the other, with a logarithmic axis, into a PNG file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    marker = "o" if len(losses) < 50 else ""
    axes.plot(np.arange(1, len(losses) + 1), losses, linewidth=1, marker=marker, markersize=4)
    axes.set(xlabel=xlabel, ylabel="loss", title=title, yscale="log")
    axes.grid(alpha=0.3)
    _save(figure, path)


def save_grid(path: str | Path, images: torch.Tensor, columns: int = 10) -> None:
    """Draw images (N, 1, H, W), 0 black and 1 white, row by row into a PNG file."""
    from matplotlib.figure import Figure

    pixels = images.detach().cpu().float().clamp(0, 1)[:, 0].numpy()
    rows = -(-len(pixels) // columns)
    figure = Figure(figsize=(0.8 * columns, 0.8 * rows), facecolor="black")
    for number, image in enumerate(pixels):
        axes = figure.add_subplot(rows, columns, number + 1)
        axes.imshow(image, cmap="gray", vmin=0, vmax=1)
        axes.axis("off")
    figure.subplots_adjust(0.02, 0.02, 0.98, 0.98, wspace=0.05, hspace=0.05)
    _save(figure, path)


def _save(figure, path: str | Path) -> None:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_suffix(".tmp")
    figure.savefig(half_written, format="png", dpi=150)
    half_written.replace(path)

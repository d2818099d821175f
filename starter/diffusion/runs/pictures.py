"""Pictures that a notebook shows: losses, and rows of images with their labels."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure

Tensor = torch.Tensor


class Picture(Figure):
    """A figure that a notebook shows when it is the last value of a cell."""

    def _repr_png_(self) -> bytes:
        png = io.BytesIO()
        self.savefig(png, format="png", metadata={"Software": None})
        return png.getvalue()


def loss_picture(curves: Mapping[str, Sequence[float]], title: str) -> Picture:
    """The loss of every batch above that of every epoch, as a training loop returns them."""
    picture = Picture(figsize=(7, 5.5), layout="constrained")
    for axes, unit in zip(picture.subplots(2, 1), ("batch", "epoch"), strict=True):
        losses = curves[f"{unit}_loss"]
        marker = "o" if len(losses) < 50 else ""
        axes.plot(np.arange(1, len(losses) + 1), losses, lw=1, marker=marker, markersize=4)
        axes.set(xlabel=unit, ylabel=f"loss of a {unit}" if unit == "batch" else "mean of an epoch")
        axes.set_yscale("log")
        axes.grid(alpha=0.3)
    picture.suptitle(title)
    return picture


def rows_picture(rows: Mapping[str, Tensor], columns: Sequence[str] = ()) -> Picture:
    """Rows of images, each with its label on the left.

    Args:
        rows: label -> images (N, 1, H, W), 0 black and 1 white; clipped to that.
        columns: above each column.
    """
    strips = [images.detach().cpu().float().clamp(0, 1)[:, 0] for images in rows.values()]
    wide = max(map(len, strips))
    picture = Picture(figsize=(1.2 + 0.62 * wide, 0.3 + 0.66 * len(strips)), layout="constrained")
    picture.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    all_axes = picture.subplots(len(strips), 1, squeeze=False)[:, 0]
    for label, strip, axes in zip(rows, strips, all_axes, strict=True):
        width = strip.shape[-1]
        framed = torch.nn.functional.pad(strip, (1, 1, 1, 1), value=1)  # white between images
        axes.imshow(torch.cat(list(framed), dim=1), cmap="gray", vmin=0, vmax=1)
        axes.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=10)
        axes.set(yticks=[], xlim=(-0.5, wide * (width + 2) - 0.5), frame_on=False)
        axes.xaxis.tick_top()
        axes.set_xticks([])
        axes.tick_params(length=0)
    middles = [(width + 2) * (column + 0.5) - 0.5 for column in range(len(columns))]
    all_axes[0].set_xticks(middles, columns)
    return picture

# for: denoiser train_ddpm train_ddpm_cfg figures
"""Pictures with labels: losses, and rows of images. They show themselves in a notebook.

    rows_picture({"w = 5": images}, "0123456789").save("report/mine.png")
"""

import io
import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D  # for: flow-paths
from matplotlib.textpath import TextPath
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from PIL import Image
from PIL.PngImagePlugin import PngInfo

Tensor = torch.Tensor
GREYS = 32  # of a grey picture as a notebook keeps it: small, and noise does not compress
COLOURS = 256  # of another one: with fewer, lines of different colours would look alike
STAMP = "diffusion"  # the key of what a PNG says of its run, in JSON


class Picture(Figure):
    """A figure that a notebook shows when it is the last value of a cell."""

    stamp: Mapping[str, object] = {}

    def save(self, path: str | Path) -> Path:
        """Write a PNG file, and its folder if needed; the file is complete or not there."""
        return write_picture(path, self.png())

    def explained(self, title: str, caption: str, stamp: Mapping[str, object]) -> "Picture":
        """The picture with a title above, a caption below, and a stamp in the PNG's metadata."""
        lines = textwrap.wrap(caption, 90)
        width, height = self.get_size_inches()
        self.set_size_inches(width, height + 0.5 + 0.2 * len(lines))
        # The name of a run may hold dollars, which are no formula.
        self.suptitle(title, parse_math=False)
        self.supxlabel("\n".join(lines), parse_math=False, fontsize="small")
        self.stamp = stamp
        return self

    def png(self) -> bytes:
        """The picture as a PNG file."""
        drawn, png, about = io.BytesIO(), io.BytesIO(), PngInfo()
        if self.stamp:
            about.add_text(STAMP, json.dumps(self.stamp))
        self.savefig(drawn, format="png", bbox_inches="tight", pad_inches=0.05)
        with Image.open(drawn) as page:
            page = page.convert("RGB")
            coloured = np.ptp(np.asarray(page), axis=2).any()
            small = page.quantize(COLOURS if coloured else GREYS)
            small.save(png, "PNG", optimize=True, pnginfo=about)
        return png.getvalue()

    _repr_png_ = png  # what a notebook asks for


def write_picture(path: str | Path, content: bytes) -> Path:
    """Write a file, and its folder if needed; the file is complete or not there."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_name(f"{path.name}.tmp")
    try:
        half_written.write_bytes(content)
        return half_written.replace(path)
    finally:
        half_written.unlink(missing_ok=True)


def loss_picture(curves: Mapping[str, Sequence[float]]) -> Picture:
    """The loss of every batch above that of every epoch, as a training loop returns them."""
    picture = Picture(figsize=(7, 4.4), layout="constrained")
    above, below = picture.subplots(2, 1)
    _draw_losses(above, curves["batch_loss"], "batch", "loss of a batch")
    _draw_losses(below, curves["epoch_loss"], "epoch", "mean loss of an epoch")
    return picture


def _draw_losses(axes: Axes, losses: Sequence[float], xlabel: str, ylabel: str) -> None:
    marker = "o" if len(losses) < 50 else ""
    axes.plot(np.arange(1, len(losses) + 1), losses, lw=1, marker=marker, markersize=4)
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
    narrow = len(losses) == 0 or max(losses) < 3 * min(losses)
    axes.yaxis.set_major_locator(MaxNLocator(5) if narrow else LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.3g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    if len(losses) == 1:
        axes.set(xlim=(0, 2), xticks=[1])
    axes.grid(alpha=0.3)


# for: flow-paths
def paths_picture(
    t: Sequence[float], panels: Mapping[str, np.ndarray], names: Sequence[str]
) -> Picture:
    """Values on their way, and a dotted straight line from the first to the last one of each.

    Args:
        t: K times.
        panels: title -> values (P, K).
        names: of the P values, for the legend.
    """
    picture = Picture(figsize=(3.6 * len(panels) + 1.6, 3.2), layout="constrained")
    for axes, (title, values) in zip(
        picture.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for number, value in enumerate(values):
            axes.plot(t, value, lw=1.2, color=f"C{number}", label=names[number])
            axes.plot([t[0], t[-1]], value[[0, -1]], ":", lw=0.8, color=f"C{number}")
        axes.set(xlabel="t", ylabel="value of a pixel")
        axes.set_title(title, fontsize="medium")
    lines = picture.axes[0].get_lines()[::2]
    dotted = Line2D([], [], ls=":", lw=0.8, color="black", label="straight line")
    picture.legend(handles=[*lines, dotted], loc="outside right center", fontsize="small")
    return picture


# end for
# for: better-loss
def losses_picture(losses: Mapping[str, Sequence[float]]) -> Picture:
    """The losses of several nets over the steps: each step, and means of 20 steps."""
    picture = Picture(figsize=(7, 3), layout="constrained")
    axes = picture.subplots()
    for place, (name, values) in enumerate(losses.items()):
        steps, colour = np.arange(1, len(values) + 1), f"C{place}"
        axes.plot(steps, values, lw=0.6, alpha=0.4, color=colour)
        width = min(20, len(values))
        means = np.convolve(values, np.ones(width) / width, mode="valid")
        axes.plot(steps[width - 1 :], means, lw=2, color=colour, label=name)
    axes.set(xlabel="step", ylabel="loss of a batch", yscale="log")
    axes.legend()
    axes.grid(alpha=0.3)
    return picture


# end for
# for: frechet-distances closest-pairs
def table_picture(rows: Mapping[str, str]) -> Picture:
    """A table of names and numbers."""
    picture = Picture(figsize=(4.5, 0.3 * len(rows) + 0.1), layout="constrained")
    axes = picture.subplots()
    axes.axis("off")
    cells = [[name, number] for name, number in rows.items()]
    axes.table(cellText=cells, colWidths=[0.65, 0.35], bbox=(0, 0, 1, 1))  # pyright: ignore[reportArgumentType]
    return picture


# end for
def rows_picture(
    rows: Mapping[str, Tensor],
    columns: Sequence[str] | Mapping[str, Sequence[str]] = (),
    in_a_row: int = 10,
) -> Picture:
    """Rows of images, each with its label on the left.

    Args:
        rows: label -> images (N, C, H, W) of C = 1 or 3 colours, from 0 to 1 (black to white);
            clipped to that. More than `in_a_row` go on below.
        columns: above each column; or, for each label of a row, above its own.

    Raises:
        ValueError: there are no rows.
    """
    if not rows:
        raise ValueError("There is nothing to draw yet: train first.")
    blocks = [_block(images.detach().cpu().float(), in_a_row) for images in rows.values()]
    heights = [block.shape[0] for block in blocks]
    side = next(iter(rows.values())).shape[-1]
    inches = min(max(0.02 * side, 0.62), 2.6) / (side + 2)  # of a pixel
    width = max(block.shape[1] for block in blocks)
    titled = len(columns) if isinstance(columns, Mapping) else bool(columns)
    wide = max(1 + inches * width, 3.0)  # a single image leaves room for its label
    size = (wide, inches * sum(heights) + 0.1 * len(blocks) + 0.25 * titled)
    picture = Picture(figsize=size, layout="constrained")
    all_axes = picture.subplots(len(blocks), 1, squeeze=False, height_ratios=heights)[:, 0]
    for place, (label, images) in enumerate(rows.items()):
        axes, block = all_axes[place], blocks[place]
        axes.imshow(block, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axes.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=10)
        axes.set(xlim=(-0.5, width - 0.5), yticks=[], frame_on=False)
        own = columns.get(label, ()) if isinstance(columns, Mapping) else columns
        titles = own if place == 0 or isinstance(columns, Mapping) else ()
        step = images.shape[-1] + 2
        axes.set_xticks([step * (n + 0.5) - 0.5 for n in range(len(titles))], titles)
        size = _fitting(titles, inches * step)
        axes.tick_params(length=0, labeltop=True, labelbottom=False, labelsize=size)
    return picture


def _fitting(titles: Sequence[str], inches: float) -> float:
    """The size of font, at most 10 points, at which each title is narrower than a column."""
    drawn = [TextPath((0, 0), title, size=10) for title in titles if title.strip()]
    widest = max((path.get_extents().width / 72 for path in drawn), default=0)
    return min(10.0, 10 * 0.9 * inches / widest) if widest else 10.0


def _block(images: Tensor, in_a_row: int) -> np.ndarray:
    """(N, C, H, W) as one image, (height, width, C), with a white frame around each."""
    framed = torch.nn.functional.pad(images.clamp(0, 1), (1, 1, 1, 1), value=1.0)
    empty = -len(framed) % in_a_row if len(framed) > in_a_row else 0
    framed = torch.cat([framed, framed.new_ones(empty, *framed.shape[1:])]).movedim(1, -1)
    return torch.cat([torch.cat(list(row), 1) for row in framed.split(in_a_row)], 0).numpy()
# end for

"""Pictures for the report as small PNG files: grids, curves, counts and sketches."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..runner.results import (
    Connections,  # for: unet time_unet class_unet
    Counts,
    Curve,
    Exhibit,
    Images,
)

MOST_IMAGES = 400
WIDTH = 840  # pixels: twice a phone's width
WORDS = 56  # letters of a legend beside each other
COLOURS = ("#2f6690", "#c8553d", "#3a7d44", "#8a5a9e", "#b0892f", "#555555")
DASHES = ("-", "--", "-.", ":")  # where lines lie on each other, each can be seen


@dataclass(frozen=True)
class Picture:
    """A PNG with its size in pixels and a description for those who cannot see it.

    `kind` is grid, curve or sketch; `samples` are what a trained model drew.
    """

    kind: str
    title: str
    alt: str
    png: bytes
    width: int
    height: int
    samples: bool = False

    @property
    def uri(self) -> str:
        """The picture as a data: address."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


def picture_of(exhibit: Exhibit) -> Picture:
    """Draw what a check has put on show."""
    draw = {
        Images: _grid,
        Curve: _curves,
        Counts: _counts,
        Connections: _sketch,  # for: unet time_unet class_unet
    }
    return draw[type(exhibit)](exhibit)


def thumbnail(exhibit: Images) -> Picture:
    """The first images of a grid, without captions."""
    return _grid(Images(exhibit.title, exhibit.images[:20]), width=290)


# --------------------------------------------------------------------------------------- grids


def _grid(exhibit: Images, width: int = WIDTH) -> Picture:
    """Images side by side on black, each with its caption below it."""
    images, captions = exhibit.images[:MOST_IMAGES], exhibit.captions[:MOST_IMAGES]
    count, height, image_width = images.shape
    columns = _columns(count)
    scale = max(1, min(6, width // (columns * (image_width + 1))))
    cell, gap = (height * scale, image_width * scale), max(1, scale)
    text = cell[1] // 4 + gap if captions else 0
    rows = -(-count // columns)
    canvas = Image.new("L", (columns * (cell[1] + gap) + gap, rows * (cell[0] + text + gap) + gap))
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(max(8, cell[1] // 4))
    for i, pixels in enumerate(np.rint(images * 255).astype(np.uint8)):
        x, y = gap + i % columns * (cell[1] + gap), gap + i // columns * (cell[0] + text + gap)
        tile = Image.fromarray(pixels).resize(cell[::-1], Image.Resampling.NEAREST)
        canvas.paste(tile, (x, y))
        if i < len(captions):
            middle = (x + cell[1] // 2, y + cell[0] + text // 2)
            draw.text(middle, captions[i], fill=230, font=font, anchor="mm")
    alt = f"{count} images in {rows} rows of {columns}"
    if captions:
        alt += ", labelled " + _shortened(captions)
    return Picture("grid", exhibit.title, alt, _png(canvas, 16), *canvas.size, exhibit.samples)


def _columns(count: int) -> int:
    return count if count <= 10 else 10 if count % 10 == 0 or count > 64 else 8


def _shortened(captions: tuple[str, ...]) -> str:
    return ", ".join(captions[:20]) + (" and so on" if len(captions) > 20 else "")


# -------------------------------------------------------------------------------------- curves


def _curves(exhibit: Curve) -> Picture:
    """Lines over one axis, on white."""
    figure, axes = _axes(exhibit)
    for i, (name, values) in enumerate(exhibit.series.items()):
        x, y = _points(values)
        axes.plot(x, y, DASHES[i % len(DASHES)], label=name, color=COLOURS[i % len(COLOURS)])
    if len(exhibit.series) > 1:
        _legend(figure, axes)
    return _drawn("curve", exhibit.title, _curve_in_words(exhibit), figure)


def _counts(exhibit: Counts) -> Picture:
    """Bars, and what is expected as a line in a band of three standard deviations."""
    figure, axes = _axes(exhibit)
    x, off = np.arange(len(exhibit.counts)), 3 * exhibit.spread
    axes.bar(x, exhibit.counts, width=0.8, color=COLOURS[0], alpha=0.75, label="yours")
    edges, tops = np.append(x, len(x)) - 0.5, np.append(exhibit.expected, exhibit.expected[-1:])
    axes.step(edges, tops, where="post", color=COLOURS[1], label="expected")
    band = np.append(off, off[-1:])
    look = {"color": COLOURS[1], "alpha": 0.18, "lw": 0}
    axes.fill_between(edges, tops - band, tops + band, step="post", **look)
    axes.set_ylim(bottom=0)
    _legend(figure, axes)
    outside = np.flatnonzero(np.abs(exhibit.counts - exhibit.expected) > off)
    alt = (
        f"{exhibit.ylabel} for each {exhibit.xlabel} from 0 to {len(x) - 1}: "
        f"{exhibit.counts.min():g} to {exhibit.counts.max():g}; expected "
        f"{exhibit.expected.min():.3g} to {exhibit.expected.max():.3g}; {len(outside)} of them lie "
        "further than three standard deviations away"
    )
    return _drawn("curve", exhibit.title, alt, figure)


def _axes(exhibit: Curve | Counts) -> tuple[Any, Any]:
    """A figure with its axes labelled."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 3), dpi=150)
    figure.subplots_adjust(left=0.16, right=0.97, top=0.93, bottom=0.17)
    axes = figure.add_subplot()
    axes.ticklabel_format(scilimits=(-3, 5))  # short labels: the margins are fixed
    axes.set_xlabel(exhibit.xlabel)
    axes.set_ylabel(exhibit.ylabel)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _legend(figure: Any, axes: Any) -> None:
    """Names of lines above the axes, where none of them can be."""
    handles, names = axes.get_legend_handles_labels()
    columns = 2 if max(map(len, names)) <= WORDS // 2 else 1
    rows = -(-len(names) // columns)
    figure.subplots_adjust(top=0.96 - 0.08 * rows)
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
    axes.legend(handles, names, frameon=False, ncols=columns, **place)


# for: unet time_unet class_unet
def _sketch(exhibit: Connections) -> Picture:
    from matplotlib.figure import Figure

    from .sketch import draw_sketch, sketch_in_words

    figure = Figure(figsize=(5.2, 5.75), dpi=130)
    draw_sketch(figure, exhibit.connections)
    return _drawn("sketch", exhibit.title, sketch_in_words(exhibit.connections), figure)


# end for
def _drawn(kind: str, title: str, alt: str, figure: Any) -> Picture:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    return Picture(kind, title, alt, _png(drawn, 32), *drawn.size)


def _points(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x and y, at most 2,000 of them."""
    x, y = values.T if values.ndim == 2 else (np.arange(len(values)), values)
    step = max(1, len(y) // 2000)
    return x[::step], y[::step]


def _curve_in_words(exhibit: Curve) -> str:
    lines = []
    for name, values in exhibit.series.items():
        _, y = _points(values)
        lines.append(
            f"{name} goes from {y[0]:.3g} to {y[-1]:.3g}" if len(y) else f"{name} is empty"
        )
    return f"{exhibit.ylabel} over {exhibit.xlabel}: {'; '.join(lines)}"


def _png(image: Image.Image, colours: int) -> bytes:
    buffer = io.BytesIO()
    image.quantize(colours, dither=Image.Dither.NONE).save(buffer, "PNG")
    return buffer.getvalue()

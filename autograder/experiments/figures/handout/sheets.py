"""Sheets of small images with titles, labels and captions, as PNG files of 16 greys.

Sizes are those of a phone: a sheet is shown 390 pixels wide, so that letters of 26 pixels on its
912 are 11 there. Images are enlarged by whole numbers, each pixel stays a square.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

WIDTH, MARGIN, GAP = 912, 16, 4
GREYS = 16  # four bits a pixel
PAPER, INK, FAINT = 255, 34, 85
TITLE, LABEL, CAPTION = 30, 26, 24  # heights of letters in pixels


@dataclass(frozen=True)
class Panel:
    """Rows of images that belong together."""

    images: Tensor  # (rows, columns, H, W), 0 black and 1 white; clipped to that
    label: str = ""  # above the rows, on the left
    columns: tuple[str, ...] = ()  # above each column


@dataclass(frozen=True)
class Sheet:
    """A figure: panels below each other."""

    title: str
    panels: tuple[Panel, ...]
    caption: str

    def png(self) -> bytes:
        """The sheet as a PNG file."""
        parts = [_text(self.title, TITLE, INK, bold=True)]
        for panel in self.panels:
            if panel.label:
                parts.append(_text(panel.label, LABEL, INK))
            if panel.columns:
                parts.append(_columns(panel.columns))
            parts.append(_images(panel.images))
        parts.append(_text(self.caption, CAPTION, FAINT))
        edge = np.full((MARGIN // 2, WIDTH), GREYS - 1, np.uint8)
        buffer = io.BytesIO()
        grey_image(np.vstack([edge, *parts, edge])).save(buffer, "PNG", bits=4, optimize=True)
        return buffer.getvalue()


def tiled(images: Tensor, zoom: int, pitch: int) -> np.ndarray:
    """(rows, columns, H, W) as one array of greys 0 ... 15, `pitch` pixels from image to image."""
    greys = (images.detach().cpu().float().clamp(0, 1) * (GREYS - 1)).round().byte().numpy()
    large = greys.repeat(zoom, 2).repeat(zoom, 3)
    left, right = (pitch - large.shape[3]) // 2, (pitch - large.shape[3] + 1) // 2
    frame = ((0, 0), (0, 0), (0, GAP), (left, right))
    framed = np.pad(large, frame, constant_values=GREYS - 1)
    rows, columns, height, width = framed.shape
    return framed.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)


def text_line(lines: Sequence[tuple[float, str]], size: int, width: int, colour: int = INK,
            bold: bool = False, centred: bool = True) -> np.ndarray:  # fmt: skip
    """One line of texts, each centred at its x, or beginning there, as an array of greys."""
    page = Image.new("L", (width, round(1.4 * size)), PAPER)
    pen, anchor = ImageDraw.Draw(page), "mm" if centred else "lm"
    for x, text in lines:
        pen.text((x, 0.7 * size), text, colour, font(size, bold), anchor)
    return (np.asarray(page) // (256 // GREYS)).astype(np.uint8)


def grey_image(greys: np.ndarray) -> Image.Image:
    """An array of greys 0 ... 15 as an image with a palette."""
    image = Image.fromarray(greys)
    image.putpalette([grey * 255 // (GREYS - 1) for grey in range(GREYS) for _ in "RGB"])
    return image


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along; `size` in pixels."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)


def _images(images: Tensor) -> np.ndarray:
    pitch = (WIDTH - 2 * MARGIN) // images.shape[1]
    tiles = tiled(images, max(1, (pitch - GAP) // images.shape[3]), pitch)
    right = WIDTH - MARGIN - tiles.shape[1]
    return np.pad(tiles, ((0, GAP), (MARGIN, right)), constant_values=GREYS - 1)


def _columns(labels: tuple[str, ...]) -> np.ndarray:
    pitch = (WIDTH - 2 * MARGIN) // len(labels)
    at = [MARGIN + pitch * (column + 0.5) for column in range(len(labels))]
    return text_line(list(zip(at, labels, strict=True)), LABEL, WIDTH)


def _text(text: str, size: int, colour: int, bold: bool = False) -> np.ndarray:
    lines = []
    bound = text.replace(" = ", "\N{NBSP}=\N{NBSP}")
    for word in bound.split(" "):  # not split(), which would break these as well
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size, bold).getlength(longer) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return np.vstack(
        [text_line([(MARGIN, line)], size, WIDTH, colour, bold, centred=False) for line in lines]
    )

# for: editing-drawn
"""Pictures that are no digits, to be edited: two drawings in code, and a canvas. Given.

Bring pictures of your own, too: any picture from the web, and what you draw on the canvas.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw

from ..pretrained.model import Model

Tensor = torch.Tensor
SIDE = 280  # pixels of the canvas, ten for each pixel of a digit
PEN = 24

CANVAS = f"""
<canvas id="drawing" width="{SIDE}" height="{SIDE}"
  style="border: 1px solid grey; touch-action: none"></canvas>
<p><button id="save-drawing">Save drawing.png</button> <button id="clear-drawing">Clear</button></p>
<script>
(() => {{
  const [canvas, save, clear] = ["drawing", "save-drawing", "clear-drawing"].map(
    name => document.getElementById(name));
  const pen = canvas.getContext("2d");
  const wipe = () => {{ pen.fillStyle = "white"; pen.fillRect(0, 0, {SIDE}, {SIDE}); }};
  wipe();
  pen.lineWidth = {PEN}; pen.lineCap = pen.lineJoin = "round";
  canvas.onpointerdown = at => {{
    pen.beginPath(); pen.moveTo(at.offsetX, at.offsetY); pen.lineTo(at.offsetX, at.offsetY);
    pen.stroke(); canvas.setPointerCapture(at.pointerId);
  }};
  canvas.onpointermove = at => {{
    if (at.buttons) {{ pen.lineTo(at.offsetX, at.offsetY); pen.stroke(); }}
  }};
  clear.onclick = wipe;
  save.onclick = () => {{
    const link = document.createElement("a");
    link.download = "drawing.png"; link.href = canvas.toDataURL("image/png"); link.click();
  }};
}})();
</script>
"""  # HTML: a notebook shows it in a cell, a browser as a page


def processed(
    process_image: Callable[..., Tensor],
    model: Model,
    pictures: Sequence[str | Path] = (),
    drawings: Sequence[str | Path] = (),
) -> dict[str, Tensor]:
    """Pictures as images (1, C, H, W) for the model by your `process_image`, by their names.

    Args:
        process_image: your function.
        model: says how large images are, and how many colours they have.
        pictures: files that are taken as they are.
        drawings: files that are inverted for a model of digits, since they are dark on light. If
            there are no files at all: a sign, a house and a fish.

    Raises:
        OSError: a file is missing, or is no picture.
    """
    if pictures or drawings:
        plain = {Path(path).stem: _opened(path) for path in pictures}
        dark = {Path(path).stem: _opened(path) for path in drawings}
    else:
        plain, dark = {"sign": sign()}, {"house": house(), "fish": fish()}
    channels, size, _ = model.image_shape
    images = {name: process_image(picture, size, channels) for name, picture in plain.items()}
    invert = channels == 1
    return images | {
        name: process_image(picture, size, channels, invert) for name, picture in dark.items()
    }


def _opened(path: str | Path) -> Image.Image:
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except OSError as problem:
        raise OSError(f"{path} is no picture that can be read: {problem}") from None


def house() -> Image.Image:
    """A house with a roof and a door: black lines on white, wider than high."""
    picture = Image.new("RGB", (360, SIDE), "white")
    draw = ImageDraw.Draw(picture)
    for line in (
        [(100, 240), (100, 120), (180, 40), (260, 120), (260, 240), (100, 240)],
        [(100, 120), (260, 120)],
        [(180, 240), (180, 180)],
    ):
        draw.line(line, "black", PEN - 6, "curve")
    return picture


def fish() -> Image.Image:
    """A fish: a body and a tail, black on white."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((40, 80, 190, 200), outline="black", width=PEN - 6)
    draw.line([(182, 140), (244, 92), (244, 188), (182, 140)], "black", PEN - 6, "curve")
    return picture


def sign() -> Image.Image:
    """In place of a picture from the web: a blue road sign with a white arrow upwards."""
    picture = Image.new("RGB", (SIDE, 340), (90, 120, 90))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((132, 280, 148, 340), (120, 120, 120))
    draw.ellipse((20, 40, 260, 280), (20, 70, 170))
    draw.rectangle((122, 130, 158, 240), "white")
    draw.polygon([(140, 70), (200, 145), (80, 145)], "white")
    return picture


# end for

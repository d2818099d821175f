"""Pictures of straight ramps of brightness, and what `process_image` makes of them.

Whatever filter resizes a ramp, inside it stays a straight ramp: how steep it is, and where it has
which value, show how the picture was resized and which part of it was cut out.
"""

from dataclasses import dataclass

import numpy as np

from checkkit.mistakes.pictures import part_mistake, picture_mistake
from checkkit.runner import Array, CheckFailed, expect
from checkkit.spies.pictures import as_picture

BORDER = 4  # pixels that a filter may blur with what is outside
GREY = np.array([0.299, 0.587, 0.114])
EXACT = 0.03  # of the range [-1, 1]: two grey levels of rounding, and a half pixel of the crop


@dataclass(frozen=True)
class Ramp:
    """A picture (H, W, 3) uint8 with the values corner + down i + right j, each of them (3,)."""

    pixels: np.ndarray
    corner: np.ndarray
    down: np.ndarray
    right: np.ndarray


def a_ramp(rng: np.random.Generator, height: int, width: int) -> Ramp:
    """A picture in which each colour rises or falls steadily, by at least half of its range."""
    spans = rng.uniform(90, 120, size=(2, 3)) * rng.choice([-1, 1], size=(2, 3))
    down, right = spans[0] / height, spans[1] / width
    corner = 127.5 - spans.sum(0) / 2
    i, j = np.indices((height, width))[..., None]
    pixels = np.rint(corner + down * i + right * j).astype(np.uint8)
    return Ramp(pixels, corner, down, right)


def probe_picture(diffusion, *, pixels, mode, size, options):
    image = as_picture(pixels, mode)
    x = diffusion.image_to_image.process_image(image, size, **options)
    return {"x": x, "pixels_after": pixels}


def process(submission, ramp: Ramp, mode: str, size: int, **options) -> np.ndarray:
    """The submission's image (1, C, size, size) of a picture, given as an "array" or a PIL mode."""
    channels = options.get("channels", 3)
    evidence = submission.run(
        probe_picture,
        returns={
            "x": Array((1, channels, size, size)),
            "pixels_after": Array(ramp.pixels.shape, "uint8"),
        },
        pixels=ramp.pixels,
        mode=mode,
        size=size,
        options=options,
    )
    expect(
        np.array_equal(evidence["pixels_after"], ramp.pixels), "the picture was changed in place"
    )
    return evidence["x"].astype(np.float64)


def assert_picture(
    ramp: Ramp, have: np.ndarray, size: int, grey: bool = False, invert: bool = False
) -> None:
    """The image shows the middle of the picture, with values in [-1, 1]."""
    height, width, _ = ramp.pixels.shape
    step = min(height, width) / size  # pixels of the picture for one of the image
    slopes = np.stack([ramp.down, ramp.right]) * step / 127.5
    centre = (ramp.corner + ramp.down * (height - 1) / 2 + ramp.right * (width - 1) / 2) / 127.5 - 1
    if grey:
        slopes, centre = (np.tile(of @ GREY, (have.shape[1], 1)).T for of in (slopes, centre[None]))
        centre = centre[0]
    inside = slice(BORDER, size - BORDER)
    offsets = np.indices((size, size))[:, inside, inside] - (size - 1) / 2
    columns = np.stack([*offsets, np.ones_like(offsets[0])]).reshape(3, -1).T
    values = have[0, :, inside, inside].reshape(have.shape[1], -1).T
    found = np.linalg.lstsq(columns, values, rcond=None)[0]  # (3, C): down, right, centre
    wanted = np.concatenate([slopes, centre[None]]) * (-1 if invert else 1)
    shape = f"of a picture of {height} x {width} pixels"
    allowed = (EXACT + np.abs(slopes).sum(0)) / np.array([[size / 2], [size / 2], [1]])
    if (np.abs(found - wanted) <= allowed).all():
        return
    if mistake := picture_mistake(*_range(found, wanted), invert):
        reach = np.abs(slopes).sum(0) * size / 2
        raise CheckFailed(
            f"{shape} your image has values from {have.min():.3g} to {have.max():.3g}, expected "
            f"{(wanted[2] - reach).min():.2f} to {(wanted[2] + reach).max():.2f}",
            mistake,
        )
    mistake = part_mistake(found, _parts(ramp, wanted, size), allowed)
    steep = found[:2] / wanted[:2]
    for axis, name in enumerate(("high", "wide")):
        if not np.abs(steep[axis] - 1).max() <= 0.05:
            raise CheckFailed(
                f"{shape} your image shows a part {steep[axis].mean() * step * size:.0f} pixels "
                f"{name}, expected {step * size:.0f} of them",
                mistake,
            )
    raise CheckFailed(
        f"{shape} the middle of your image has the value {found[2].mean():.3f}, expected that of "
        f"the middle of the picture, {wanted[2].mean():.3f}",
        mistake,
    )


def _parts(ramp: Ramp, wanted: np.ndarray, size: int) -> dict[str, tuple[np.ndarray, str]]:
    """Wrong parts of the picture: slopes and middle value of each, and what is wrong with it."""
    height, width, _ = ramp.pixels.shape
    side, middle = min(height, width), wanted[2]
    down, right = wanted[:2] / (side / size)  # for one pixel of the picture
    corner = middle - down * (height - side) / 2 - right * (width - side) / 2
    return {
        "squeezed": (
            np.stack([down * height / size, right * width / size, middle]),
            "The whole picture is squeezed into a square: resize both sides by the same share, and "
            "cut out the middle.",
        ),
        "not resized": (
            np.stack([down, right, middle]),
            "The middle is cut out, but not resized: the shorter side of the picture has to become "
            "`size`.",
        ),
        "from the corner": (
            np.stack([*wanted[:2], corner]),
            "The part at the upper left corner is cut out; it has to be the middle.",
        ),
        "turned": (
            np.stack([wanted[1], wanted[0], middle]),
            "Rows and columns have changed places.",
        ),
    }


def _range(found: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values are gain v + shift, each (C,), if slopes and centre say so."""
    gains = (found[:2] * wanted[:2]).sum(0) / (wanted[:2] ** 2).sum(0)
    same = np.abs(found[:2] - gains * wanted[:2]) <= 0.05 * np.abs(gains * wanted[:2])
    gains = np.where(same.all(0), gains, np.nan)
    return gains, found[2] - gains * wanted[2]

# for: editing-sdedit editing-drawn editing-inpainting editing-conditional
"""The figures of edited images that you hand in. Given, nothing to fill in.

A notebook calls these functions with yours; `python -m diffusion.edit` does the same for files.
"""

from collections.abc import Callable, Mapping, Sequence

import torch

from ..pretrained.digit_model import DigitModel
from .editing import GUIDANCE, as_pictures, explained, new_seed
from .pictures import Picture, rows_picture

Tensor = torch.Tensor
I_STARTS = 1, 3, 5, 7, 10, 20
IMAGES = 3
# for: editing-conditional
OTHERS = {2: 9, 1: 8, 8: 2}  # place among the digits -> the digit that it is edited towards
# end for
# for: editing-inpainting
MASKED = {  # what is masked: rows, columns, the place of the digit, and what else it may become
    "the lower half": (slice(14, 28), slice(28), 0, 3),
    "the upper half": (slice(14), slice(28), 2, 9),
    "the left half": (slice(28), slice(14), 1, 3),
}
# end for


# for: editing-sdedit
def images_to_images(
    model: DigitModel,
    sdedit: Callable[..., Tensor],
    timesteps: Sequence[int],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """A row for each of the first three digits (N, 1, 28, 28); seed None: a new one."""
    seed = new_seed() if seed is None else seed
    rows = {
        f"digit {number}": _edits(model, sdedit, timesteps, image[None], seed)
        for number, image in enumerate(x_0[:IMAGES], 1)
    }
    picture = rows_picture(rows, [*_names(), "original"])
    return explained(picture, "editing-sdedit", "Digits made new, by i_start", seed)


# end for
# for: editing-drawn
def drawn_to_images(
    model: DigitModel,
    sdedit: Callable[..., Tensor],
    timesteps: Sequence[int],
    pictures: Mapping[str, Tensor],
    seed: int | None = None,
) -> Picture:
    """A row for each picture, its name -> (1, 1, 28, 28) from your `process_image`."""
    seed = new_seed() if seed is None else seed
    rows = {
        name: _edits(model, sdedit, timesteps, image, seed) for name, image in pictures.items()
    }
    picture = rows_picture(rows, [*_names(), "original"])
    return explained(picture, "editing-drawn", "What a model of digits sees in pictures", seed)


# end for
# for: editing-conditional
def images_to_others(
    model: DigitModel,
    sdedit: Callable[..., Tensor],
    timesteps: Sequence[int],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """Three of the ten digits (10, 1, 28, 28), each edited towards another one, with guidance."""
    seed, rows = new_seed() if seed is None else seed, {}
    for place, digit in OTHERS.items():
        image = x_0[place : place + 1]
        rows[f"to {digit}"] = _edits(model, sdedit, timesteps, image, seed, digit, GUIDANCE)
    picture = rows_picture(rows, [*_names(), "original"])
    title = f"Digits edited towards another one, w = {GUIDANCE:g}"
    return explained(picture, "editing-conditional", title, seed)


# end for
# for: editing-sdedit editing-drawn editing-conditional
def _names() -> list[str]:
    return [f"i = {i}" for i in I_STARTS]


def _edits(
    model: DigitModel,
    sdedit: Callable[..., Tensor],
    timesteps: Sequence[int],
    image: Tensor,
    seed: int,
    cond: int | None = None,
    scale: float = 1.0,
) -> Tensor:
    """The edits (6, 1, 28, 28) of an image (1, 1, 28, 28) at each i_start, and the image below."""
    edits = [sdedit(model, image, timesteps, i, cond, scale, seed) for i in I_STARTS]
    return as_pictures(torch.cat([*edits, image]))


# end for
# for: editing-inpainting
def inpainted(
    model: DigitModel,
    inpaint: Callable[..., Tensor],
    timesteps: Sequence[int],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """Of three of the ten digits (10, 1, 28, 28), a part drawn anew: freely, and as another one."""
    seed, rows, columns = new_seed() if seed is None else seed, {}, {}
    for part, (down, across, place, digit) in MASKED.items():
        image, mask = x_0[place : place + 1], torch.zeros(1, 1, 28, 28)
        mask[..., down, across] = 1
        known = image * (1 - mask)  # grey where the mask is
        result = inpaint(model, image, mask, timesteps, None, 1.0, seed)
        other = inpaint(model, image, mask, timesteps, digit, GUIDANCE, seed)
        shown = torch.cat([image, 2 * mask - 1, known, result, other])
        rows[part] = as_pictures(shown)
        columns[part] = ["original", "mask", "known", "result", f"as {digit}"]
    picture = rows_picture(rows, columns)
    return explained(picture, "editing-inpainting", "A part drawn anew", seed)


# end for
# end for

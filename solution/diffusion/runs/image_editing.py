# for: editing-sdedit editing-drawn editing-inpainting editing-conditional
"""The figures of edited images that you hand in. Given, nothing to fill in.

A notebook calls these functions with yours; `python -m diffusion.edit` does the same for files.
"""

from collections.abc import Callable, Mapping, Sequence

import torch

from ..pretrained.model import Cond, Model
from .editing import asked_of, explained, in_rows, new_seed
from .pictures import Picture

Tensor = torch.Tensor
I_STARTS = 1, 3, 5, 7, 10, 20
IMAGES = 3
# for: editing-conditional
EDITED, TOWARDS = (2, 1, 8), (9, 8, 2)  # places among the digits, and the digits to become
# end for
# for: editing-inpainting
MASKED = {  # how far down and across it reaches, in halves of the image
    "the lower half": ((1, 2), (0, 2)),
    "the upper half": ((0, 1), (0, 2)),
    "the left half": ((0, 2), (0, 1)),
}
COMPLETED, AS = (0, 2, 1), (3, 9, 3)  # places among the digits, and what else they may become
# end for


# for: editing-sdedit
def images_to_images(
    model: Model,
    sdedit: Callable[..., Tensor],
    timesteps: Sequence[int],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """A row for each of the first three images (N, C, H, W); seed None: a new one."""
    seed = new_seed() if seed is None else seed
    rows = {
        f"image {number}": _edits(model, sdedit, timesteps, image[None], seed)
        for number, image in enumerate(x_0[:IMAGES], 1)
    }
    return _by_start(model, rows, "editing-sdedit", "Images made new, by i_start", seed)


# end for
# for: editing-drawn
def drawn_to_images(
    model: Model,
    sdedit: Callable[..., Tensor],
    timesteps: Sequence[int],
    pictures: Mapping[str, Tensor],
    seed: int | None = None,
) -> Picture:
    """A row for each picture, its name -> (1, C, H, W) from your `process_image`."""
    seed = new_seed() if seed is None else seed
    rows = {
        name: _edits(model, sdedit, timesteps, image, seed) for name, image in pictures.items()
    }
    return _by_start(model, rows, "editing-drawn", "What the model sees in pictures", seed)


# end for
# for: editing-conditional
def images_to_others(
    model: Model,
    sdedit: Callable[..., Tensor],
    timesteps: Sequence[int],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """Three of the images (N, C, H, W), each edited towards a cond, with guidance."""
    seed, rows = new_seed() if seed is None else seed, {}
    for place, cond in zip(EDITED, asked_of(model, TOWARDS), strict=False):
        image, scale = x_0[place % len(x_0)][None], model.guidance
        rows[f"to {cond}"] = _edits(model, sdedit, timesteps, image, seed, cond, scale)
    title = f"Images edited towards another one, w = {model.guidance:g}"
    return _by_start(model, rows, "editing-conditional", title, seed)


# end for
# for: editing-sdedit editing-drawn editing-conditional
def _by_start(
    model: Model, rows: Mapping[str, Tensor], figure: str, title: str, seed: int
) -> Picture:
    """Rows of edits, each with its original at the end."""
    columns = [*(f"i = {i}" for i in I_STARTS), "original"]
    return explained(in_rows(model, rows, columns), figure, title, seed)


def _edits(
    model: Model,
    sdedit: Callable[..., Tensor],
    timesteps: Sequence[int],
    image: Tensor,
    seed: int,
    cond: Cond = None,
    scale: float = 1.0,
) -> Tensor:
    """The edits of an image (1, C, H, W) at each i_start, and the image, (7, C, H, W)."""
    edits = [sdedit(model, image, timesteps, i, cond, scale, seed) for i in I_STARTS]
    return torch.cat([*edits, image])


# end for
# for: editing-inpainting
def inpainted(
    model: Model,
    inpaint: Callable[..., Tensor],
    timesteps: Sequence[int],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """Of three of the images (N, C, H, W), a part drawn anew: freely, and as another one."""
    seed, rows, columns = new_seed() if seed is None else seed, {}, {}
    down, across = (side // 2 for side in x_0.shape[2:])
    low, high = model.value_range
    for part, place, cond in zip(MASKED, COMPLETED, asked_of(model, AS), strict=False):
        image, mask = x_0[place % len(x_0)][None], torch.zeros(1, 1, *x_0.shape[2:])
        (top, bottom), (left, right) = MASKED[part]
        mask[..., top * down : bottom * down, left * across : right * across] = 1
        known = image * (1 - mask) + mask * (low + high) / 2  # grey where the mask is
        result = inpaint(model, image, mask, timesteps, None, 1.0, seed)
        other = inpaint(model, image, mask, timesteps, cond, model.guidance, seed)
        shown_mask = (low + (high - low) * mask).expand_as(image)
        rows[part] = torch.cat([image, shown_mask, known, result, other])
        columns[part] = ["original", "mask", "known", "result", f"as {cond}"]
    picture = in_rows(model, rows, columns)
    return explained(picture, "editing-inpainting", "A part drawn anew", seed)


# end for
# end for

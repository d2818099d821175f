# for: editing-*
"""The figures of a pretrained model that you hand in. Given, nothing to fill in.

A notebook calls these functions with yours; `python -m diffusion.edit` does the same for files.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ..pretrained.digit_model import DigitModel
from ..pretrained.model import Model
from .pictures import Picture, rows_picture

Tensor = torch.Tensor
Denoise = Callable[..., tuple[Tensor, Tensor]]

STEPS, I_START = 33, 10
EVERY = 5  # steps between two images
KERNEL, SIGMA = 5, 1.0
UNTOLD = 5  # samples of a model that takes no cond
NUMBERS = {  # those of "Hand in" in the handout
    "editing-noise": 23,
    "editing-denoised": 24,
    "editing-iterative": 25,
    "editing-samples": 26,
    "editing-sdedit": 27,
    "editing-drawn": 28,
    "editing-conditional": 29,
    "editing-inpainting": 30,
    "editing-anagrams": 31,
    "editing-hybrids": 32,
}


def file_name(figure: str) -> str:
    """As 23-editing-noise.png."""
    return f"{NUMBERS[figure]}-{figure}.png"


def as_pictures(x: Tensor, value_range: tuple[float, float] = (-1.0, 1.0)) -> Tensor:
    """Images of a model's range, (N, C, H, W), as black 0 and white 1."""
    low, high = value_range
    return ((x - low) / (high - low)).clamp(0, 1)


def shown_times(model: Model) -> list[int]:
    """A quarter, a half and three quarters of T: 75, 150, 225; 250, 500, 750 where T is 1000."""
    return [model.num_ts * quarters // 4 for quarters in (1, 2, 3)]


def start_and_stride(model: Model) -> tuple[int, int]:
    """Those of 33 steps that visit nearly all times: 297 and 9; 990 and 30 where T is 1000."""
    stride = max(1, 3 * model.num_ts // 100)
    return min(STEPS * stride, model.num_ts - 1), stride


def new_seed() -> int:
    """A seed that nobody else has: figures of different students differ."""
    return secrets.randbelow(2**31)


def in_rows(
    model: Model,
    rows: Mapping[str, Tensor],
    columns: Sequence[str] | Mapping[str, Sequence[str]] = (),
) -> Picture:
    """Rows of images in the model's range."""
    pictures = {label: as_pictures(x, model.value_range) for label, x in rows.items()}
    return rows_picture(pictures, columns)


def asked_of(model: Model, of_digits: Sequence[Any]) -> Sequence[Any]:
    """What figures ask the digit model for, or as many of the prompts of another model."""
    return of_digits if isinstance(model, DigitModel) else list(model.asked)[: len(of_digits)]


def explained(picture: Picture, figure: str, title: str, seed: int) -> Picture:
    """The picture with its number, its title and its seed."""
    return picture.explained(f"Figure {NUMBERS[figure]}. {title}", f"seed {seed}", {})


# for: editing-noise
def noisy_images(
    model: Model,
    noisy_at: Callable[..., Tensor],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """A row for each t: images (N, C, H, W) with your noise; seed None: a new one."""
    seed = new_seed() if seed is None else seed
    generator = torch.Generator().manual_seed(seed)
    rows = {"t = 0": x_0}
    for t in shown_times(model):
        rows[f"t = {t}"] = noisy_at(model, x_0, t, generator)
    return explained(in_rows(model, rows), "editing-noise", "Images with noise", seed)


# end for
# for: editing-denoised
def denoised_at_once(
    model: Model,
    noisy_at: Callable[..., Tensor],
    blur_denoise: Callable[..., Tensor],
    one_step: Callable[..., Tensor],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """For each t: noisy images, the same after your blur, and after your one step."""
    seed = new_seed() if seed is None else seed
    generator = torch.Generator().manual_seed(seed)
    rows = {"clean": x_0}
    for t in shown_times(model):
        x = noisy_at(model, x_0, t, generator)
        rows[f"t = {t}"] = x
        rows[f"blur, t = {t}"] = blur_denoise(x, KERNEL, SIGMA)
        rows[f"one step, t = {t}"] = one_step(model, x, t)
    return explained(in_rows(model, rows), "editing-denoised", "Denoised at once", seed)


# end for
# for: editing-iterative
def denoised_in_steps(
    model: Model,
    noisy_at: Callable[..., Tensor],
    blur_denoise: Callable[..., Tensor],
    one_step: Callable[..., Tensor],
    plain: Denoise,
    timesteps: Sequence[int],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """The way of one image (1, C, H, W) from timesteps[10] to 0, and three results beside it."""
    seed, t = new_seed() if seed is None else seed, timesteps[I_START]
    x = noisy_at(model, x_0, t, torch.Generator().manual_seed(seed))
    result, caches = plain(model, x, timesteps, I_START, seed=seed)
    way = torch.cat([x, *caches[0, EVERY - 1 :: EVERY, None]])
    kept = [t, *timesteps[I_START + EVERY :: EVERY]]
    results = torch.cat([x_0, result, one_step(model, x, t), blur_denoise(x, KERNEL, SIGMA)])
    rows = {"on the way": way, "results": results}
    names = ["clean", "steps", "one step", "blur"]
    picture = in_rows(model, rows, {"on the way": [f"t = {t}" for t in kept], "results": names})
    return explained(picture, "editing-iterative", "Denoised in steps", seed)


# end for
# for: editing-samples
def samples(
    model: Model,
    plain: Denoise,
    denoise_cfg: Denoise,
    timesteps: Sequence[int],
    seed: int | None = None,
) -> Picture:
    """Images from pure noise: without cond, and of what is asked for, with w = 1 and guidance."""
    seed, asked = new_seed() if seed is None else seed, list(model.asked)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(len(asked) or UNTOLD, *model.image_shape, generator=generator)
    rows = {"without cond": plain(model, x, timesteps, seed=seed)[0]}
    for scale in (1.0, model.guidance) if asked else ():
        rows[f"w = {scale:g}"] = denoise_cfg(model, x, timesteps, 0, asked, scale, seed)[0]
    names = [str(cond) for cond in asked]
    picture = in_rows(model, rows, {row: names for row in rows if row.startswith("w =")})
    return explained(picture, "editing-samples", "Images from pure noise", seed)


# end for
# end for

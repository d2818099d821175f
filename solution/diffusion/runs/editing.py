# for: editing-noise editing-denoised editing-iterative editing-samples editing-sdedit editing-drawn editing-conditional editing-inpainting
"""The figures of a pretrained model that you hand in. Given, nothing to fill in.

A notebook calls these functions with yours; `python -m diffusion.edit` does the same for files.
"""

import secrets
from collections.abc import Callable, Sequence

import torch

from ..pretrained.digit_model import DigitModel
from .pictures import Picture, rows_picture

Tensor = torch.Tensor
Denoise = Callable[..., tuple[Tensor, Tensor]]

SHOWN = 75, 150, 225
START, STRIDE, I_START = 297, 9, 10
EVERY = 5  # steps between two images
GUIDANCE = 3.0
KERNEL, SIGMA = 5, 1.0
ASKED = 0, 2, 4, 5, 7
NUMBERS = {  # those of "Hand in" in the handout
    "editing-noise": 23,
    "editing-denoised": 24,
    "editing-iterative": 25,
    "editing-samples": 26,
    "editing-sdedit": 27,
    "editing-drawn": 28,
    "editing-conditional": 29,
    "editing-inpainting": 30,
}


def file_name(figure: str) -> str:
    """As 23-editing-noise.png."""
    return f"{NUMBERS[figure]}-{figure}.png"


def as_pictures(x: Tensor) -> Tensor:
    """Images of the model's range [-1, 1], (N, 1, H, W), as black 0 and white 1."""
    return ((x + 1) / 2).clamp(0, 1)


def new_seed() -> int:
    """A seed that nobody else has: figures of different students differ."""
    return secrets.randbelow(2**31)


def explained(picture: Picture, figure: str, title: str, seed: int) -> Picture:
    """The picture with its number, its title and its seed."""
    return picture.explained(f"Figure {NUMBERS[figure]}. {title}", f"seed {seed}", {})


# for: editing-noise
def noisy_images(
    model: DigitModel,
    noisy_at: Callable[..., Tensor],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """A row for each t: digits (N, 1, 28, 28) in [-1, 1] with your noise; seed None: a new one."""
    seed = new_seed() if seed is None else seed
    generator = torch.Generator().manual_seed(seed)
    rows = {"t = 0": as_pictures(x_0)}
    for t in SHOWN:
        rows[f"t = {t}"] = as_pictures(noisy_at(model, x_0, t, generator))
    return explained(rows_picture(rows), "editing-noise", "Digits with noise", seed)


# end for
# for: editing-denoised
def denoised_at_once(
    model: DigitModel,
    noisy_at: Callable[..., Tensor],
    blur_denoise: Callable[..., Tensor],
    one_step: Callable[..., Tensor],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """For each t: noisy digits, the same after your blur, and after your one step."""
    seed = new_seed() if seed is None else seed
    generator = torch.Generator().manual_seed(seed)
    rows = {"clean": as_pictures(x_0)}
    for t in SHOWN:
        x = noisy_at(model, x_0, t, generator)
        rows[f"t = {t}"] = as_pictures(x)
        rows[f"blur, t = {t}"] = as_pictures(blur_denoise(x, KERNEL, SIGMA))
        rows[f"one step, t = {t}"] = as_pictures(one_step(model, x, t))
    return explained(rows_picture(rows), "editing-denoised", "Denoised at once", seed)


# end for
# for: editing-iterative
def denoised_in_steps(
    model: DigitModel,
    noisy_at: Callable[..., Tensor],
    blur_denoise: Callable[..., Tensor],
    one_step: Callable[..., Tensor],
    plain: Denoise,
    timesteps: Sequence[int],
    x_0: Tensor,
    seed: int | None = None,
) -> Picture:
    """The way of one digit (1, 1, 28, 28) from timesteps[10] to 0, and three results beside it."""
    seed, t = new_seed() if seed is None else seed, timesteps[I_START]
    x = noisy_at(model, x_0, t, torch.Generator().manual_seed(seed))
    result, caches = plain(model, x, timesteps, I_START, seed=seed)
    way = torch.cat([x, *caches[0, EVERY - 1 :: EVERY, None]])
    kept = [t, *timesteps[I_START + EVERY :: EVERY]]
    results = torch.cat([x_0, result, one_step(model, x, t), blur_denoise(x, KERNEL, SIGMA)])
    rows = {"on the way": as_pictures(way), "results": as_pictures(results)}
    names = ["clean", "steps", "one step", "blur"]
    picture = rows_picture(rows, {"on the way": [f"t = {t}" for t in kept], "results": names})
    return explained(picture, "editing-iterative", "Denoised in steps", seed)


# end for
# for: editing-samples
def samples(
    model: DigitModel,
    plain: Denoise,
    denoise_cfg: Denoise,
    timesteps: Sequence[int],
    seed: int | None = None,
) -> Picture:
    """Five images from pure noise: without cond, and of the digits asked for at w = 1 and 3."""
    seed, digits = new_seed() if seed is None else seed, torch.tensor(ASKED)
    x = torch.randn(len(ASKED), *model.image_shape, generator=torch.Generator().manual_seed(seed))
    rows = {"without cond": as_pictures(plain(model, x, timesteps, seed=seed)[0])}
    for scale in (1.0, GUIDANCE):
        images, _ = denoise_cfg(model, x, timesteps, 0, digits, scale, seed)
        rows[f"w = {scale:g}"] = as_pictures(images)
    asked = [str(digit) for digit in ASKED]
    picture = rows_picture(rows, {label: asked for label in rows if label.startswith("w =")})
    return explained(picture, "editing-samples", "Images from pure noise", seed)


# end for
# end for

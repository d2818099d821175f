"""Change a real image with a pretrained model: add noise, then denoise.

Meng et al., "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations",
2022, algorithm 1; handout, part A.
"""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from .iterative import iterative_denoise_cfg
from .noising import noisy_at
from .pretrained.model import Cond, Model

Tensor = torch.Tensor


def process_image(
    image: Image.Image | np.ndarray, size: int, channels: int = 3, invert: bool = False
) -> Tensor:
    """A picture of any size as an image for a model whose range is [-1, 1].

    The picture keeps its proportions: it is resized until its shorter side has `size` pixels. Of
    the longer side, the middle stays.

    Args:
        image: a PIL image, or an array (H, W) or (H, W, 3) uint8; not changed.
        size: height and width of the result in pixels.
        channels: 3 for red, green and blue; 1 for grey, 0.299 red + 0.587 green + 0.114 blue.
        invert: whether dark becomes bright and bright dark: digits are white on black, drawings
            often black on white.

    Returns:
        (1, channels, size, size) float32; black is -1 and white 1, unless inverted.
    """
    ### BEGIN SOLUTION
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    picture = picture.convert("L" if channels == 1 else "RGB")
    share = size / min(picture.size)
    width, height = (round(side * share) for side in picture.size)
    left, top = (width - size) // 2, (height - size) // 2
    picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture.crop((left, top, left + size, top + size)), np.float32)
    x = torch.from_numpy(pixels / 127.5 - 1).view(size, size, channels).permute(2, 0, 1)[None]
    return -x if invert else x
    ### END SOLUTION


def sdedit(
    model: Model,
    x_0: Tensor,
    timesteps: Sequence[int],
    i_start: int,
    cond: Cond = None,
    scale: float = 1.0,
    seed: int = 0,
) -> Tensor:
    """New images like x_0: with the noise of timesteps[i_start], then denoised from there.

    A small i_start adds much noise, of which the model makes new images; a large one keeps what
    x_0 shows.

    Args:
        model: predicts the noise, and the variance of a step.
        x_0: (N, C, H, W) float32 images in the model's range; not changed.
        timesteps: S + 1 indices of the model's table, descending, evenly spaced or not.
        i_start: the place in `timesteps` of the noise that x_0 gets, and of the first step.
        cond: what the new images shall show, passed on to the model. None for nothing: then there
            is no guidance, and scale has no effect.
        scale: w of equation A6; 1 uses the prediction with cond alone.
        seed: equal seeds draw equal noise. The noise added to x_0 is independent of that of the
            steps.

    Returns:
        (N, C, H, W) float32.
    """
    ### BEGIN SOLUTION
    generator = torch.Generator(x_0.device).manual_seed(seed)
    x = noisy_at(model, x_0, timesteps[i_start], generator)
    seed = int(torch.randint(2**31, (), generator=generator, device=x_0.device))
    return iterative_denoise_cfg(model, x, timesteps, i_start, cond, scale, seed)[0]
    ### END SOLUTION

"""Draw a part of an image anew with a pretrained model.

Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", 2022, equation
8, without its jumps back; handout, part A.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch

from .iterative import iterative_denoise_cfg
from .noising import noisy_at
from .pretrained.model import Cond, Model

Tensor = torch.Tensor


def inpaint(
    model: Model,
    x_0: Tensor,
    mask: Tensor,
    timesteps: Sequence[int],
    cond: Cond = None,
    scale: float = 1.0,
    seed: int = 0,
) -> Tensor:
    """New pixels where the mask is 1, which fit to those of x_0 elsewhere (equation A7).

    x begins as pure noise and takes the steps of `iterative_denoise_cfg` through all timesteps.
    After each step, the known pixels are those of x_0 again, with new noise of the time t' at which
    the step ends.

    Args:
        model: predicts the noise, and the variance of a step.
        x_0: (N, C, H, W) float32 images in the model's range; not changed. Its pixels where the
            mask is 1 have no effect.
        mask: (N, C, H, W) float32, or with size 1 in place of N or C; 1 where new pixels are drawn,
            0 where x_0 stays; not changed.
        timesteps: S + 1 indices of the model's table, descending, evenly spaced or not.
        cond: what the images shall show, passed on to the model. None for nothing: then there is no
            guidance, and scale has no effect.
        scale: w of equation A6; 1 uses the prediction with cond alone.
        seed: equal seeds draw equal noise. All noise is independent: that of the start, of each
            step, and of the known pixels after each step.

    Returns:
        (N, C, H, W) float32. The known pixels are those of x_0, where alpha_bar of the last
        timestep is 1.
    """
    ### BEGIN SOLUTION
    generator = torch.Generator(x_0.device).manual_seed(seed)
    x = torch.randn(x_0.shape, generator=generator, device=x_0.device)
    for t, t_prev in pairwise(timesteps):
        own = int(torch.randint(2**31, (), generator=generator, device=x_0.device))
        x, _ = iterative_denoise_cfg(model, x, [t, t_prev], 0, cond, scale, own)
        x = mask * x + (1 - mask) * noisy_at(model, x_0, t_prev, generator)
    return x
    ### END SOLUTION

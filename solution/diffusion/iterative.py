"""Denoise in a few dozen steps with a pretrained model, without guidance and with it.

Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, equation 7, for steps that leave
timesteps out (Nichol, Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021); Ho,
Salimans, "Classifier-Free Diffusion Guidance", 2022; handout, part A.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch

from .pretrained.model import Cond, Model

Tensor = torch.Tensor


### BEGIN SOLUTION
def steps_back(
    model: Model,
    predict: Callable[[Tensor, int], Tensor],
    x: Tensor,
    timesteps: Sequence[int],
    seed: int,
    cond: Cond,
) -> tuple[Tensor, Tensor]:
    """x at the last of the timesteps and all x on the way; predict(x, t) is the noise in x."""
    generator = torch.Generator(x.device).manual_seed(seed)
    caches = []
    for t, t_prev in pairwise(timesteps):
        here, there = model.alpha_bars[t].item(), model.alpha_bars[t_prev].item()
        alpha, beta = here / there, 1 - here / there
        variance = model.variance(x, t, t_prev, cond)
        x_0 = (x - (1 - here) ** 0.5 * predict(x, t)) / here**0.5
        mean = (there**0.5 * beta * x_0 + alpha**0.5 * (1 - there) * x) / (1 - here)
        z = torch.randn(x.shape, generator=generator, device=x.device)
        x = mean + variance.sqrt() * z
        caches.append(x)
    return x, torch.stack(caches, dim=1)


### END SOLUTION
def strided_timesteps(start: int = 990, stride: int = 30) -> list[int]:
    """The timesteps that the steps visit: start, start - stride, start - 2 stride, ..., 0.

    Args:
        start: the first and largest one.
        stride: the distance from one to the next; the last one, to 0, is shorter where start is no
            multiple of stride.

    Returns:
        Descending ints, the last of them 0: 34 for 990 and 30, and for 297 and 9.
    """
    ### BEGIN SOLUTION
    return [*range(start, 0, -stride), 0]
    ### END SOLUTION


def iterative_denoise(
    model: Model,
    x: Tensor,
    timesteps: Sequence[int],
    i_start: int = 0,
    cond: Cond = None,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Denoise x step by step, from timesteps[i_start] to the last one (equations A4 and A5).

    A step goes from t to t', the next entry of `timesteps`. Its noise has the variance that
    `model.variance(x, t, t', cond)` says; in a step to alpha_bar = 1 that is 0. Keep x after every
    step:

        caches.append(x)

    Args:
        model: predicts the noise, and the variance of a step.
        x: (N, C, H, W) float32, noisy images at timesteps[i_start], or pure noise; not changed.
        timesteps: S + 1 indices of the model's table, descending, evenly spaced or not.
        i_start: the place in `timesteps` at which the first step begins; 0 takes all S steps.
        cond: what the model is told about the images, passed on to it; None for nothing.
        seed: equal seeds draw equal noise.

    Returns:
        x_0: (N, C, H, W) float32.
        caches: (N, S - i_start, C, H, W) float32, x after each step.
    """
    ### BEGIN SOLUTION
    steps = timesteps[i_start:]
    return steps_back(model, lambda x, t: model.eps(x, t, cond), x, steps, seed, cond)
    ### END SOLUTION


def iterative_denoise_cfg(
    model: Model,
    x: Tensor,
    timesteps: Sequence[int],
    i_start: int,
    cond: Cond,
    scale: float,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Denoise x step by step with classifier-free guidance (equations A4 to A6).

    As `iterative_denoise`, with eps = eps_uncond + w (eps_cond - eps_uncond) for w = `scale`:
    eps_cond is predicted with cond, eps_uncond with None. The variance is that with cond.

    Args:
        model, x, timesteps, i_start, seed: as for `iterative_denoise`.
        cond: what the model is told about the images in the conditional call, passed on to it.
        scale: w; 0 ignores cond, 1 uses eps_cond alone.

    Returns:
        x_0: (N, C, H, W) float32.
        caches: (N, S - i_start, C, H, W) float32, x after each step.
    """
    ### BEGIN SOLUTION
    def guided(x: Tensor, t: int) -> Tensor:
        eps_c, eps_u = model.eps(x, t, cond), model.eps(x, t, None)
        return eps_u + scale * (eps_c - eps_u)

    return steps_back(model, guided, x, timesteps[i_start:], seed, cond)
    ### END SOLUTION

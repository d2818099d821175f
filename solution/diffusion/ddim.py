"""Denoising diffusion implicit models (DDIM): fewer steps with the nets that you already have.

Song, Meng, Ermon, "Denoising Diffusion Implicit Models", 2021; handout, part 4. A list of timesteps
says which t a sampler visits, for example [300, 240, 180, 120, 60, 0]: five steps, each from one
entry to the next one.
"""

### BEGIN SOLUTION
from collections.abc import Callable

### END SOLUTION
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

Tensor = torch.Tensor


### BEGIN SOLUTION
def walk(
    predict: Callable[[Tensor, Tensor], Tensor],
    schedule: dict[str, Tensor],
    x: Tensor,
    num_ts: int,
    timesteps: Sequence[int],
    eta: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """x_0 and all images on the way from x, by equations 12 and 13; predict(x, t / T) is eps."""
    alpha_bars = schedule["alpha_bars"].tolist()
    caches = []
    with torch.no_grad():
        for t, t_next in pairwise(timesteps):
            a, b = alpha_bars[t], alpha_bars[t_next]
            sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)) ** 0.5
            eps = predict(x, torch.full((len(x),), t / num_ts, device=x.device))
            x_0 = (x - (1 - a) ** 0.5 * eps) / a**0.5
            z = torch.randn(x.shape, generator=generator, device=x.device)
            x = b**0.5 * x_0 + (1 - b - sigma**2) ** 0.5 * eps + sigma * z
            caches.append(x)
    return x, torch.stack(caches, dim=1)


### END SOLUTION
def ddim_sample(
    unet: nn.Module,
    schedule: dict[str, Tensor],
    num_samples: int,
    img_hw: tuple[int, int],
    num_ts: int,
    timesteps: Sequence[int],
    eta: float = 0.0,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Sample images in len(timesteps) - 1 steps (algorithm 5, equations 12 and 13).

    Set the net to eval(), track no gradients. A step goes from t to t', the next entry of
    `timesteps`: the net gets t / T, and x at t becomes x at t'. The last step ends at t' = 0, where
    alpha_bar is 1. Keep x after every step for the animation:

        caches.append(x)

    Args:
        unet: called as unet(x_t, t) with t (N,) float32 in [0, 1]; works on the device of its
            weights.
        schedule: {"betas", "alphas", "alpha_bars"}, each (T + 1,), on the device of unet; not
            changed.
        num_samples: N.
        img_hw: (height, width).
        num_ts: T.
        timesteps: S + 1 indices of the tables, descending, evenly spaced or not; the first one is
            T in most cases and the last one is 0; not changed.
        eta: 0 adds no noise, 1 as much as DDPM does.
        seed: equal seeds give equal samples.

    Returns:
        x_0: (N, 1, H, W) float32.
        caches: (N, S, 1, H, W) float32, x after each step.
    """
    ### BEGIN SOLUTION
    unet.eval()
    device = next(unet.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    x = torch.randn(num_samples, 1, *img_hw, generator=generator, device=device)
    return walk(unet, schedule, x, num_ts, timesteps, eta, generator)
    ### END SOLUTION


def ddim_cfg_sample(
    unet: nn.Module,
    schedule: dict[str, Tensor],
    c: Tensor,
    img_hw: tuple[int, int],
    num_ts: int,
    timesteps: Sequence[int],
    guidance_scale: float = 5.0,
    eta: float = 0.0,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Sample images of the classes c with guidance, in len(timesteps) - 1 steps (equation 11).

    As algorithm 5, with eps = eps_uncond + w (eps_cond - eps_uncond) for w = `guidance_scale`:
    eps_cond is predicted with the class, eps_uncond with the class dropped. The last step ends at
    t' = 0, where alpha_bar is 1. Keep x after every step for the animation.

    Args:
        unet: called as unet(x_t, c, t, mask); works on the device of its weights.
        schedule: {"betas", "alphas", "alpha_bars"}, each (T + 1,), on the device of unet; not
            changed.
        c: (N,) int64 classes, one image each, on any device; not changed.
        img_hw: (height, width).
        num_ts: T.
        timesteps: S + 1 indices of the tables, descending, evenly spaced or not; the first one is
            T in most cases and the last one is 0; not changed.
        guidance_scale: w; 0 ignores the class, 1 uses eps_cond alone.
        eta: 0 adds no noise, 1 as much as DDPM does.
        seed: equal seeds give equal samples.

    Returns:
        x_0: (N, 1, H, W) float32.
        caches: (N, S, 1, H, W) float32, x after each step.
    """
    ### BEGIN SOLUTION
    unet.eval()
    device = next(unet.parameters()).device
    c = c.to(device)
    keep, drop = torch.ones(len(c), device=device), torch.zeros(len(c), device=device)

    def guided(x: Tensor, time: Tensor) -> Tensor:
        eps_c, eps_u = unet(x, c, time, keep), unet(x, c, time, drop)
        return eps_u + guidance_scale * (eps_c - eps_u)

    generator = torch.Generator(device).manual_seed(seed)
    x = torch.randn(len(c), 1, *img_hw, generator=generator, device=device)
    return walk(guided, schedule, x, num_ts, timesteps, eta, generator)
    ### END SOLUTION

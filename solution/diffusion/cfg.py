"""Classifier-free guidance: one net that predicts noise with and without the class.

Ho, Salimans, "Classifier-Free Diffusion Guidance", 2022; handout, part 3.
"""

import torch
from torch import nn

### BEGIN SOLUTION
from .ddpm import noised, one_step_back

### END SOLUTION
Tensor = torch.Tensor


def ddpm_cfg_forward(
    unet: nn.Module,
    schedule: dict[str, Tensor],
    x_0: Tensor,
    c: Tensor,
    p_uncond: float,
    num_ts: int,
) -> Tensor:
    """The training loss of a net with classes, some of them dropped, on one batch (algorithm 3).

    The class of each image is dropped with probability `p_uncond`, independently of other images
    and of t.

    Args:
        unet: called as unet(x_t, c, t, mask), mask (N,) with 1 = keep, 0 = drop; its mode is not
            changed.
        schedule: {"betas", "alphas", "alpha_bars"}, each (T + 1,), on the device of x_0; not
            changed.
        x_0: (N, 1, H, W) float32 clean images; not changed.
        c: (N,) int64 classes; not changed.
        p_uncond: the probability of dropping a class, 0.1 in the handout.
        num_ts: T.

    Returns:
        A scalar float32 loss, the mean squared error over all pixels.
    """
    ### BEGIN SOLUTION
    t = torch.randint(1, num_ts + 1, (len(x_0),), device=x_0.device)  # (N,)
    eps = torch.randn_like(x_0)                                       # (N, 1, H, W)
    mask = torch.rand(len(x_0), device=x_0.device) >= p_uncond        # (N,)
    x_t = noised(schedule, x_0, t, eps)                               # (N, 1, H, W)
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts, mask), eps)
    ### END SOLUTION


def ddpm_cfg_sample(
    unet: nn.Module,
    schedule: dict[str, Tensor],
    c: Tensor,
    img_hw: tuple[int, int],
    num_ts: int,
    guidance_scale: float = 5.0,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Sample images of the classes c with guidance (algorithm 4, equation 11).

    As algorithm 2, with eps = eps_uncond + w (eps_cond - eps_uncond) for w = `guidance_scale`:
    eps_cond is predicted with the class, eps_uncond with the class dropped. Inside the loop, after
    x_{t-1} is computed, keep it for the animation:

        if t % 20 == 0 or t == num_ts or t < 8:
            caches.append(x)

    Args:
        unet: called as unet(x_t, c, t, mask); works on the device of its weights.
        schedule: {"betas", "alphas", "alpha_bars"}, each (T + 1,), on the device of unet; not
            changed.
        c: (N,) int64 classes, one image each, on any device; not changed.
        img_hw: (height, width).
        num_ts: T.
        guidance_scale: w; 0 ignores the class, 1 uses eps_cond alone.
        seed: equal seeds give equal samples.

    Returns:
        x_0: (N, 1, H, W) float32.
        caches: (N, K, 1, H, W) float32, the kept images; K = 22 at T = 300.
    """
    ### BEGIN SOLUTION
    unet.eval()
    device = next(unet.parameters()).device
    c = c.to(device)
    keep, drop = torch.ones(len(c), device=device), torch.zeros(len(c), device=device)
    generator = torch.Generator(device).manual_seed(seed)
    x = torch.randn(len(c), 1, *img_hw, generator=generator, device=device)
    caches = []
    with torch.no_grad():
        for t in range(num_ts, 0, -1):
            time = torch.full((len(c),), t / num_ts, device=device)
            eps_c, eps_u = unet(x, c, time, keep), unet(x, c, time, drop)
            z = torch.randn(x.shape, generator=generator, device=device)
            x = one_step_back(schedule, x, eps_u + guidance_scale * (eps_c - eps_u), t, z)
            if t % 20 == 0 or t == num_ts or t < 8:
                caches.append(x)
    return x, torch.stack(caches, dim=1)
    ### END SOLUTION

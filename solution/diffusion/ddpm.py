"""Denoising diffusion (DDPM): the noise schedule, the training loss and the sampler.

Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020; handout, part 2. Every table is
indexed by t itself: entry 0 belongs to the clean image x_0, entry T = `num_ts` to pure noise.
"""

import torch
from torch import nn

Tensor = torch.Tensor


def ddpm_schedule(beta_1: float, beta_T: float, num_ts: int) -> dict[str, Tensor]:
    """The variance schedule: evenly spaced betas, and alphas and alpha_bars from them (equation 4).

    alpha_t = 1 - beta_t and alpha_bar_t = alpha_1 * alpha_2 * ... * alpha_t.

    Args:
        beta_1: variance of the first step (0.0001 in the paper).
        beta_T: variance of the last step (0.02 in the paper).
        num_ts: T, the number of steps.

    Returns:
        {"betas", "alphas", "alpha_bars"}, each (T + 1,) float32. Entry 0 is clean data: beta 0,
        alpha 1, alpha_bar 1. betas[1] is beta_1 and betas[T] is beta_T. You may add entries and
        use them in your other functions.

    Raises:
        ValueError: unless 0 < beta_1 < beta_T < 1 and T >= 2.
    """
    ### BEGIN SOLUTION
    if not 0 < beta_1 < beta_T < 1:
        raise ValueError(f"need 0 < beta_1 < beta_T < 1, not {beta_1} and {beta_T}")
    if num_ts < 2:
        raise ValueError(f"need at least 2 steps, not {num_ts}")
    betas = torch.cat([torch.zeros(1), torch.linspace(beta_1, beta_T, num_ts)])
    alphas = 1 - betas
    return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}
    ### END SOLUTION


### BEGIN SOLUTION
def noised(schedule: dict[str, Tensor], x_0: Tensor, t: Tensor, eps: Tensor) -> Tensor:
    """x_t from x_0 in one step, t (N,) int64 on the device of x_0 (equation 5)."""
    alpha_bar = schedule["alpha_bars"][t].view(-1, 1, 1, 1).to(x_0.dtype)
    return alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps


def one_step_back(schedule: dict[str, Tensor], x: Tensor, eps: Tensor, t: int, z: Tensor) -> Tensor:
    """x_{t-1} from x_t, the predicted noise eps and fresh noise z (equation 9, sigma^2 = beta)."""
    beta, alpha, alpha_bar = (schedule[k][t].item() for k in ("betas", "alphas", "alpha_bars"))
    mean = (x - beta / (1 - alpha_bar) ** 0.5 * eps) / alpha**0.5
    return mean + beta**0.5 * z if t > 1 else mean


### END SOLUTION
def ddpm_forward(unet: nn.Module, schedule: dict[str, Tensor], x_0: Tensor, num_ts: int) -> Tensor:
    """The training loss of DDPM on one batch (algorithm 1, equation 6).

    Draw eps ~ N(0, I) and, for each image separately, t uniformly from {1, ..., T}; mix
    x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps, and compare unet(x_t, t / T) with eps.

    Args:
        unet: called as unet(x_t, t) with t (N,) float32 in [0, 1]; its mode is not changed.
        schedule: {"betas", "alphas", "alpha_bars"}, each (T + 1,), on the device of x_0; not
            changed.
        x_0: (N, 1, H, W) float32 clean images; not changed.
        num_ts: T.

    Returns:
        A scalar float32 loss, the mean squared error over all pixels.
    """
    ### BEGIN SOLUTION
    t = torch.randint(1, num_ts + 1, (len(x_0),), device=x_0.device)  # (N,)
    eps = torch.randn_like(x_0)                                       # (N, 1, H, W)
    x_t = noised(schedule, x_0, t, eps)                               # (N, 1, H, W)
    return nn.functional.mse_loss(unet(x_t, t / num_ts), eps)
    ### END SOLUTION


def ddpm_sample(
    unet: nn.Module,
    schedule: dict[str, Tensor],
    num_samples: int,
    img_hw: tuple[int, int],
    num_ts: int,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Sample images: go from pure noise x_T to x_0, step by step (algorithm 2, equations 8 to 10).

    Set the net to eval(), track no gradients, visit every t from T down to 1, add no noise at
    t = 1. Call the net for all images at each t, or for one image (or some) from T to 1 before the
    next. Inside the loop, after x_{t-1} is computed, keep it for the animation:

        if t % 20 == 0 or t == num_ts or t < 8:
            caches.append(x)

    Args:
        unet: called as unet(x_t, t) with t (N,) float32 in [0, 1]; works on the device of its
            weights.
        schedule: {"betas", "alphas", "alpha_bars"}, each (T + 1,), on the device of unet; not
            changed.
        num_samples: N.
        img_hw: (height, width).
        num_ts: T.
        seed: equal seeds give equal samples.

    Returns:
        x_0: (N, 1, H, W) float32.
        caches: (N, K, 1, H, W) float32, the kept images; K = 22 at T = 300.
    """
    ### BEGIN SOLUTION
    unet.eval()
    device = next(unet.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    x = torch.randn(num_samples, 1, *img_hw, generator=generator, device=device)
    caches = []
    with torch.no_grad():
        for t in range(num_ts, 0, -1):
            eps = unet(x, torch.full((num_samples,), t / num_ts, device=device))
            z = torch.randn(x.shape, generator=generator, device=device)
            x = one_step_back(schedule, x, eps, t, z)
            if t % 20 == 0 or t == num_ts or t < 8:
                caches.append(x)
    return x, torch.stack(caches, dim=1)
    ### END SOLUTION

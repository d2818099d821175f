"""Right but different: global seeds, in-place noise, noise in advance, clamped at the end."""

import warnings

import torch
import torch.nn.functional as F  # noqa: N812


def ddpm_schedule(beta_1: float, beta_T: float, num_ts: int) -> dict:
    if num_ts < 2 or beta_1 <= 0 or beta_T >= 1 or beta_1 >= beta_T:
        raise ValueError("0 < beta_1 < beta_T < 1 and num_ts >= 2, please")
    steps = torch.arange(num_ts + 1, dtype=torch.float64)
    betas = beta_1 + (beta_T - beta_1) * (steps - 1) / (num_ts - 1)
    betas[0] = 0
    alphas = 1 - betas
    return {
        "betas": betas.float(),
        "alphas": alphas.float(),
        "alpha_bars": alphas.cumprod(0).float(),
        "roots": alphas.sqrt().float(),
    }


def mix(schedule, x_0, t, eps):
    table = schedule["alpha_bars"].to(device=x_0.device, dtype=x_0.dtype)
    a = table.gather(0, t)[:, None, None, None]
    return a**0.5 * x_0 + torch.sqrt(1 - a) * eps


def ddpm_forward(unet, schedule, x_0, num_ts):
    warnings.warn("training", stacklevel=2)
    n = x_0.shape[0]
    eps = torch.empty_like(x_0).normal_()
    t = 1 + (torch.rand(n, device=x_0.device) * num_ts).long().clamp(max=num_ts - 1)
    return F.mse_loss(eps, unet(mix(schedule, x_0, t, eps), t.float().div(num_ts)))


@torch.inference_mode()
def ddpm_sample(unet, schedule, num_samples, img_hw, num_ts, seed=0):
    device = next(unet.parameters()).device
    torch.manual_seed(seed)
    height, width = img_hw
    noise = torch.randn(num_ts + 1, num_samples, 1, height, width).to(device)
    x, caches = noise[num_ts], []
    unet = unet.eval()
    for t in range(num_ts, 0, -1):
        kept = t % 20 == 0 or t == num_ts or t < 8
        if kept:
            caches.append(x.clone())
        told = torch.ones(num_samples).to(x) * (t / num_ts)
        x = step(schedule, x, unet(x, told), t)
        x = x + schedule["betas"][t].to(x.device).float().sqrt() * noise[t - 1] * (t > 1)
        if kept:
            caches.append(x.clone())
    return x.clamp(0, 1), torch.stack(caches, 1)


def step(schedule, x, eps, t):
    beta, left = schedule["betas"][t].item(), schedule["alpha_bars"][t].item()
    return x.sub(eps, alpha=beta * (1 - left) ** -0.5) * (1 - beta) ** -0.5

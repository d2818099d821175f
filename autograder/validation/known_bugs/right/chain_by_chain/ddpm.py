"""Right but different: the schedule holds more tables, and losses and samplers compute with them.

Images are sampled one after the other.
"""

import torch
from torch import nn


def ddpm_schedule(beta_1, beta_T, num_ts):
    if not 0 < beta_1 < beta_T < 1 or num_ts < 2:
        raise ValueError("0 < beta_1 < beta_T < 1 and at least 2 steps")
    betas = torch.zeros(num_ts + 1)
    betas[1:] = torch.linspace(beta_1, beta_T, num_ts)
    alphas = 1 - betas
    alpha_bars = alphas.cumprod(0)
    return {
        "betas": betas,
        "alphas": alphas,
        "alpha_bars": alpha_bars,
        "sqrt_ab": alpha_bars.sqrt(),
        "sqrt_1mab": (1 - alpha_bars).sqrt(),
        "steps": [betas.sqrt(), {"one_over_root": alphas.rsqrt()}],
    }


def roots(schedule, t):
    return (schedule[name][t].view(-1, 1, 1, 1) for name in ("sqrt_ab", "sqrt_1mab"))


def one_step_back(schedule, x, eps, t, z):
    sigmas, more = schedule["steps"]
    share = schedule["betas"][t] / schedule["sqrt_1mab"][t]
    mean = more["one_over_root"][t] * (x - share * eps)
    return mean + sigmas[t] * z if t > 1 else mean


def ddpm_forward(unet, schedule, x_0, num_ts):
    t = torch.randint(1, num_ts + 1, (len(x_0),), device=x_0.device)
    eps = torch.randn_like(x_0)
    on_image, on_noise = roots(schedule, t)
    return nn.functional.mse_loss(unet(on_image * x_0 + on_noise * eps, t / num_ts), eps)


@torch.no_grad()
def ddpm_sample(unet, schedule, num_samples, img_hw, num_ts, seed=0):
    unet.eval()
    device = next(unet.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    images, chains = [], []
    for _ in range(num_samples):
        x, chain = torch.randn(1, 1, *img_hw, generator=generator, device=device), []
        for t in range(num_ts, 0, -1):
            eps = unet(x, torch.full((1,), t / num_ts, device=device))
            z = torch.randn(x.shape, generator=generator, device=device)
            x = one_step_back(schedule, x, eps, t, z)
            if t % 20 == 0 or t == num_ts or t < 8:
                chain.append(x)
        images.append(x)
        chains.append(torch.stack(chain, dim=1))
    return torch.cat(images), torch.cat(chains)

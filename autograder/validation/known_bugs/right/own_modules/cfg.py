"""Right but different: the unconditional pass first, with classes zeroed and the mask 0 as well."""

import torch
from torch import nn

from . import mathematics


def ddpm_cfg_forward(unet, schedule, x_0, c, p_uncond, num_ts):
    t = torch.randint(1, num_ts + 1, (len(x_0),), device=x_0.device)
    left = mathematics.table(schedule, "alpha_bars", t, x_0)
    eps = torch.randn_like(x_0)
    x_t = left.sqrt() * x_0 + (1 - left).sqrt() * eps
    mask = (torch.rand_like(t, dtype=torch.float32) > p_uncond).float()
    return nn.functional.mse_loss(unet(x_t, c.clone(), t / num_ts, mask), eps)


def ddpm_cfg_sample(unet, schedule, c, img_hw, num_ts, guidance_scale=5.0, seed=0):
    torch.manual_seed(seed)
    unet.eval()
    device = next(unet.parameters()).device
    c = c.to(device)
    x = torch.randn((len(c), 1, *img_hw), device=device)
    caches = []
    for t in range(num_ts, 0, -1):
        told = torch.full((len(c),), t / num_ts, device=device)
        with torch.no_grad():
            u = unet(x, torch.zeros_like(c), told, torch.zeros(len(c), device=device))
            k = unet(x, c, told, torch.ones(len(c), device=device))
        z = torch.randn_like(x) if t > 1 else torch.zeros_like(x)
        x = mathematics.step(schedule, x, u + guidance_scale * (k - u), t, z)
        if t % 20 == 0 or t == num_ts or t < 8:
            caches.append(x)
    return x, torch.stack(caches, dim=1)

"""Right but different: each image goes from T to 1 before the next, both passes in one call."""

import torch
from torch import nn

from .ddpm import one_step_back, roots


def ddpm_cfg_forward(unet, schedule, x_0, c, p_uncond, num_ts):
    t = torch.randint(1, num_ts + 1, (len(x_0),), device=x_0.device)
    eps = torch.randn_like(x_0)
    on_image, on_noise = roots(schedule, t)
    keep = (torch.rand(len(x_0), device=x_0.device) >= p_uncond).float()
    return nn.functional.mse_loss(unet(on_image * x_0 + on_noise * eps, c, t / num_ts, keep), eps)


@torch.no_grad()
def ddpm_cfg_sample(unet, schedule, c, img_hw, num_ts, guidance_scale=5.0, seed=0):
    unet.eval()
    device = next(unet.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    mask = torch.tensor([1.0, 0.0], device=device)
    images, chains = [], []
    for label in c.to(device):
        x, chain = torch.randn(1, 1, *img_hw, generator=generator, device=device), []
        for t in range(num_ts, 0, -1):
            time = torch.full((2,), t / num_ts, device=device)
            eps_c, eps_u = unet(x.repeat(2, 1, 1, 1), label.repeat(2), time, mask).chunk(2)
            z = torch.randn(x.shape, generator=generator, device=device)
            x = one_step_back(schedule, x, eps_u + guidance_scale * (eps_c - eps_u), t, z)
            if t % 20 == 0 or t == num_ts or t < 8:
                chain.append(x)
        images.append(x)
        chains.append(torch.stack(chain, dim=1))
    return torch.cat(images), torch.cat(chains)

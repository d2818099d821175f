"""Right but different: both predictions from one pass of 2N, dropped where guidance needs one only."""

import torch
import torch.nn.functional as F  # noqa: N812

from .ddpm import mix, step


def ddpm_cfg_forward(unet, schedule, x_0, c, p_uncond, num_ts):
    n = len(x_0)
    mask = torch.bernoulli(torch.full((n,), 1.0 - p_uncond, device=x_0.device))
    t = torch.randint(1, num_ts + 1, (n,), device=x_0.device)
    eps = torch.randn_like(x_0)
    x_t = mix(schedule, x_0, t, eps)
    return F.mse_loss(unet(x_t, c, t / num_ts, mask if p_uncond else None), eps)


@torch.no_grad()
def ddpm_cfg_sample(unet, schedule, c, img_hw, num_ts, guidance_scale=5.0, seed=0):
    unet.eval()
    n, w = c.shape[0], guidance_scale
    device = next(unet.parameters()).device
    c = c.to(device)
    g = torch.Generator(device=device)
    g.manual_seed(seed)
    x = torch.empty(n, 1, *img_hw, device=device).normal_(generator=g)
    caches = [x]
    keep = torch.ones(n, dtype=torch.bool, device=device)
    for t in range(num_ts, 0, -1):
        told = torch.full((n,), t / num_ts, device=device)
        if w == 0:
            eps = unet(x, c, told, ~keep)
        elif w == 1:
            eps = unet(x, c, told)
        else:
            both = unet(x.repeat(2, 1, 1, 1), c.repeat(2), told.repeat(2), torch.cat([keep, ~keep]))
            k, u = both.chunk(2)
            eps = torch.lerp(u, k, w)
        x = step(schedule, x, eps, t)
        if t > 1:
            z = torch.randn(x.shape, generator=g, device=device)
            x = x + schedule["betas"][t].sqrt().item() * z
        if t % 20 == 0 or t == num_ts or t < 8:
            caches.append(x)
    return x.clamp(-1, 1), torch.stack(caches, 1)

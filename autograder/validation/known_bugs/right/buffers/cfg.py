"""Right but different: rows with and without class interleaved, integer masks."""

import torch

from .ddpm import walk


def ddpm_cfg_forward(unet, schedule, x_0, c, p_uncond, num_ts):
    t = torch.randint(num_ts, (len(x_0),), device=x_0.device) + 1
    left = schedule["alpha_bars"].to(x_0)[t][:, None, None, None]
    eps = torch.randn(x_0.shape, device=x_0.device)
    drop = torch.rand(len(c), device=x_0.device) < p_uncond
    mask = 1 - drop.long()
    guess = unet(left.sqrt() * x_0 + (1 - left).sqrt() * eps, c, t / num_ts, mask)
    return (guess - eps).pow(2).sum() / eps.numel()


@torch.no_grad()
def ddpm_cfg_sample(unet, schedule, c, img_hw, num_ts, guidance_scale=5.0, seed=0):
    unet.eval()
    device = next(unet.parameters()).device
    c = c.to(device)
    mask = torch.tensor([1, 0], device=device).repeat(len(c))

    def predict(x, told):
        twice = [v.repeat_interleave(2, dim=0) for v in (x, c, told)]
        eps = unet(*twice, mask).unflatten(0, (len(c), 2))
        return eps[:, 1] + guidance_scale * (eps[:, 0] - eps[:, 1])

    return walk(predict, schedule, (len(c), 1, *img_hw), num_ts, seed, device)

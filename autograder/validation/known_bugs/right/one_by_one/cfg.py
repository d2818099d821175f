"""Right but different: two passes for each image, masks as keywords, classes dropped by `random`."""

import random

import numpy as np
import torch

from .ddpm import posterior_step


def ddpm_cfg_forward(unet, schedule, x_0, c, p_uncond, num_ts):
    times, noisy, noise, keep = [], [], [], []
    for image in x_0:
        t = random.randint(1, num_ts)
        eps = torch.randn_like(image)
        left = float(schedule["alpha_bars"][t])
        noisy.append(left**0.5 * image + (1 - left) ** 0.5 * eps)
        noise.append(eps)
        times.append(t / num_ts)
        keep.append(0 if random.random() < p_uncond else 1)
    told = torch.tensor(times, device=x_0.device)
    # The net is called once: BatchNorm has to see the whole batch.
    guess = unet(torch.stack(noisy), c, told, mask=torch.tensor(keep, device=x_0.device))
    return sum(((g - e) ** 2).mean() for g, e in zip(guess, noise)) / len(x_0)


def ddpm_cfg_sample(unet, schedule, c, img_hw, num_ts, guidance_scale=5.0, seed=0):
    was_training = unet.training
    unet.eval()
    device = next(unet.parameters()).device
    rng = np.random.RandomState(seed % 2**32)

    def draw():
        return torch.from_numpy(rng.normal(size=(1, 1, *img_hw)).astype(np.float32)).to(device)

    images = [draw() for _ in c]
    caches = []
    for t in range(num_ts, 0, -1):
        told = torch.tensor([t / num_ts], device=device)
        for i, x in enumerate(images):
            label = c[i : i + 1].to(device)
            with torch.no_grad():
                u = unet(x=x, c=label, t=told, mask=torch.zeros(1, device=device))
                eps = u
                if guidance_scale != 0:
                    k = unet(x=x, c=label, t=told, mask=None)
                    eps = (1 - guidance_scale) * u + guidance_scale * k
            images[i] = posterior_step(schedule, x, eps, t, draw() if t > 1 else 0)
        if t % 20 == 0 or t == num_ts or t < 8:
            caches.append(torch.cat(images))
    unet.train(was_training)
    return torch.cat(images), torch.stack(caches, 1)

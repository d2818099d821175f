"""Right but different: x_0 form, posterior variance, NumPy noise, images one at a time, prints."""

import random

import numpy as np
import torch


def ddpm_schedule(beta_1, beta_T, num_ts):
    print("building a schedule")
    if not (beta_1 > 0 and beta_T < 1 and beta_1 < beta_T):
        raise ValueError("betas")
    if num_ts < 2:
        raise ValueError("num_ts")
    betas = np.zeros(num_ts + 1)
    for t in range(1, num_ts + 1):
        betas[t] = beta_1 + (t - 1) / (num_ts - 1) * (beta_T - beta_1)
    alpha_bars = [1.0]
    for t in range(1, num_ts + 1):
        alpha_bars.append(alpha_bars[-1] * (1 - betas[t]))
    return {
        "betas": torch.tensor(betas, dtype=torch.float32),
        "alphas": torch.tensor(1 - betas, dtype=torch.float32),
        "alpha_bars": torch.tensor(alpha_bars, dtype=torch.float32),
        "num_ts": num_ts,
    }


def ddpm_forward(unet, schedule, x_0, num_ts):
    times, noisy, noise = [], [], []
    for image in x_0:
        t = random.randint(1, num_ts)
        eps = torch.from_numpy(np.random.standard_normal(image.shape)).float().to(image.device)
        left = float(schedule["alpha_bars"][t])
        noisy.append(left**0.5 * image + (1 - left) ** 0.5 * eps)
        noise.append(eps)
        times.append(t / num_ts)
    told = torch.tensor(times, device=x_0.device)
    guess = unet(torch.stack(noisy), t=told)
    return ((guess - torch.stack(noise)) ** 2).mean()


def posterior_step(schedule, x, eps, t, z):
    alpha_bar = float(schedule["alpha_bars"][t])
    before = float(schedule["alpha_bars"][t - 1])
    alpha, beta = float(schedule["alphas"][t]), float(schedule["betas"][t])
    x_0 = ((x - (1 - alpha_bar) ** 0.5 * eps) / alpha_bar**0.5).clamp(-1, 1)
    on_x_0 = before**0.5 * beta / (1 - alpha_bar)
    on_x = alpha**0.5 * (1 - before) / (1 - alpha_bar)
    deviation = ((1 - before) / (1 - alpha_bar) * beta) ** 0.5
    return on_x_0 * x_0 + on_x * x + deviation * z


def ddpm_sample(unet, schedule, num_samples, img_hw, num_ts, seed=0):
    unet.eval()
    device = next(unet.parameters()).device
    rng = np.random.default_rng(seed)

    def draw():
        return torch.tensor(rng.standard_normal((1, 1, *img_hw)), dtype=torch.float32).to(device)

    images = [draw() for _ in range(num_samples)]
    caches = []
    for t in reversed(range(1, num_ts + 1)):
        if t % 20 == 0 or t == num_ts or t < 8:
            caches.append(torch.cat(images))
        told = torch.tensor([t / num_ts], device=device)
        for i in range(num_samples):
            with torch.no_grad():
                eps = unet(images[i], told)
            images[i] = posterior_step(schedule, images[i], eps, t, draw() if t > 1 else 0)
    return torch.cat(images), torch.stack(caches).transpose(0, 1)

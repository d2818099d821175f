"""Right but different: a module of one's own, type hints, the posterior variance at every step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from . import mathematics


def ddpm_schedule(beta_1: float, beta_T: float, num_ts: int) -> dict[str, Tensor]:
    for wrong in (beta_1 <= 0, beta_T <= beta_1, beta_T >= 1, num_ts < 2):
        if wrong:
            raise ValueError(f"beta_1={beta_1}, beta_T={beta_T}, num_ts={num_ts}")
    betas = torch.zeros(num_ts + 1)
    betas[1:] = torch.linspace(beta_1, beta_T, num_ts)
    return dict(betas=betas, alphas=1 - betas, alpha_bars=torch.cumprod(1 - betas, 0))  # noqa: C408


def ddpm_forward(unet: nn.Module, schedule: dict, x_0: Tensor, num_ts: int) -> Tensor:
    t = torch.randint(low=1, high=num_ts + 1, size=(x_0.size(0),)).to(x_0.device)
    left = mathematics.table(schedule, "alpha_bars", t, x_0)
    eps = torch.randn(*x_0.shape).to(x_0)
    x_t = torch.sqrt(left) * x_0 + torch.sqrt(1.0 - left) * eps
    eps_hat = unet(x_t, t.to(torch.float32) / num_ts)
    return nn.MSELoss()(eps_hat, eps)


def ddpm_sample(
    unet: nn.Module,
    schedule: dict,
    num_samples: int,
    img_hw: tuple[int, int],
    num_ts: int,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    torch.manual_seed(seed)
    unet.eval()
    device = next(unet.parameters()).device
    x = torch.randn((num_samples, 1, img_hw[0], img_hw[1]), device=device)
    caches: list[Tensor] = []
    for t in range(num_ts, 0, -1):
        z = torch.randn_like(x) if t > 1 else torch.zeros_like(x)
        with torch.no_grad():
            eps = unet(x, torch.tensor(t / num_ts, device=device).repeat(num_samples))
        x = mathematics.step(schedule, x, eps, t, z)
        if t % 20 == 0 or t == num_ts or t < 8:
            caches.append(x.detach().clone())
    return x, torch.stack(caches, dim=1)

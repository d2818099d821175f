"""Right but different: the schedule is a module with buffers behind a dict interface."""

import torch
from torch import nn


class Schedule(nn.Module):
    def __init__(self, betas):
        super().__init__()
        self.register_buffer("betas", betas)
        self.register_buffer("alphas", 1 - betas)
        self.register_buffer("alpha_bars", torch.exp(torch.log1p(-betas).cumsum(0)))

    def __getitem__(self, name):
        return getattr(self, name)


def ddpm_schedule(beta_1, beta_T, num_ts):
    if num_ts < 2:
        raise ValueError
    if not 0 < beta_1 < beta_T < 1:
        raise ValueError
    betas = torch.linspace(beta_1, beta_T, num_ts, dtype=torch.double)
    return Schedule(nn.functional.pad(betas, (1, 0))).float()


def ddpm_forward(unet, schedule, x_0, num_ts):
    t = torch.multinomial(torch.ones(num_ts), len(x_0), replacement=True) + 1
    left = schedule["alpha_bars"].cpu()[t].reshape(-1, 1, 1, 1).float().to(x_0.device)
    eps = torch.normal(0.0, 1.0, x_0.shape, device=x_0.device)
    guess = unet(left.sqrt().mul(x_0).add((1 - left).sqrt() * eps), (t / num_ts).to(x_0.device))
    return torch.mean(torch.square(eps - guess))


def walk(predict, schedule, shape, num_ts, seed, device):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        x = torch.randn(shape).to(device)
        kept = []
        for t in range(num_ts, 0, -1):
            beta = schedule["betas"][t].float().to(device)
            alpha = schedule["alphas"][t].float().to(device)
            left = schedule["alpha_bars"][t].float().to(device)
            eps = predict(x, torch.full((len(x),), t / num_ts, device=device))
            z = torch.randn(shape).to(device)  # drawn and not used at the last step
            mean = (x - beta / torch.sqrt(1 - left) * eps) / torch.sqrt(alpha)
            x = mean if t == 1 else mean + torch.sqrt(beta) * z
            if t % 20 == 0 or t == num_ts or t < 8:
                kept.append(x)
    return x, torch.stack(kept, dim=1)


def ddpm_sample(unet, schedule, num_samples, img_hw, num_ts, seed=0):
    was_training, _ = unet.training, unet.eval()
    with torch.no_grad():
        device = next(unet.parameters()).device
        answer = walk(unet, schedule, (num_samples, 1, *img_hw), num_ts, seed, device)
    unet.train(was_training)
    return answer

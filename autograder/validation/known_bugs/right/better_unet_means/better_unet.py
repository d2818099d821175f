"""No kernel is larger than a pixel: means over rows and columns mix the image."""

import torch
from torch import nn


def time_embedding(t, size):
    rates = 10_000.0 ** (-torch.arange(size // 2, device=t.device) / (size // 2))
    angles = 1000 * t[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class BetterUNet(nn.Module):
    def __init__(self, in_channels, num_hiddens):
        super().__init__()
        D = self.D = num_hiddens
        self.enter = nn.Conv2d(in_channels, D, 1)
        self.time = nn.Linear(D, D)
        self.mix = nn.ModuleList([nn.Conv2d(3 * D, D, 1) for _ in range(2)])
        self.leave = nn.Conv2d(D, in_channels, 1)

    def forward(self, x, t):
        h = self.enter(x) + self.time(time_embedding(t, self.D))[:, :, None, None]
        for layer in self.mix:
            means = [h.mean(axis, keepdim=True).expand_as(h) for axis in (2, 3)]
            h = h + nn.functional.gelu(layer(torch.cat([h, *means], 1)))
        return self.leave(h)

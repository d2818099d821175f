"""No level below 28 x 28: convolutions with growing dilation, and BatchNorm."""

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
        self.enter = nn.Conv2d(in_channels, D, 3, padding=1)
        self.time = nn.Linear(D, D)
        self.norms = nn.ModuleList([nn.BatchNorm2d(D) for _ in range(5)])
        self.body = nn.ModuleList(
            [nn.Conv2d(D, D, 3, padding=wide, dilation=wide) for wide in (1, 2, 4, 2, 1)]
        )
        self.leave = nn.Conv2d(D, in_channels, 3, padding=1)

    def forward(self, x, t):
        h = self.enter(x) + self.time(time_embedding(t, self.D))[:, :, None, None]
        for norm, layer in zip(self.norms, self.body):
            h = h + layer(norm(h).relu())
        return self.leave(h)

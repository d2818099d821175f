"""One level below 28 x 28, with the time as a number that is added there."""

import torch
from torch import nn


class BetterUNet(nn.Module):
    def __init__(self, in_channels, num_hiddens):
        super().__init__()
        D = num_hiddens
        self.enter = nn.Conv2d(in_channels, D, 3, padding=1)
        self.down = nn.Conv2d(D, 2 * D, 3, stride=2, padding=1)
        self.time = nn.Linear(1, 2 * D)
        self.first = nn.Sequential(nn.Conv2d(2 * D, 2 * D, 3, padding=1), nn.BatchNorm2d(2 * D))
        self.second = nn.Conv2d(2 * D, 2 * D, 3, padding=1)
        self.up = nn.ConvTranspose2d(2 * D, D, 2, stride=2)
        self.both = nn.Conv2d(2 * D, D, 3, padding=1)
        self.leave = nn.Conv2d(D, in_channels, 3, padding=1)

    def forward(self, x, t):
        skip = self.enter(x).relu()
        h = self.down(skip).relu() + self.time(t[:, None])[:, :, None, None]
        h = self.second(self.first(h).relu()).relu()
        return self.leave(self.both(torch.cat([self.up(h), skip], 1)).relu())

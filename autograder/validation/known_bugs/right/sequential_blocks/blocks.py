"""A right blocks.py of nn.Sequential subclasses; FCBlock reshapes, Flatten is a mean."""

import torch
from torch import nn


class _Unit(nn.Sequential):
    def __init__(self, conv):
        super().__init__(conv, nn.BatchNorm2d(conv.out_channels), nn.GELU())


class Conv(_Unit):
    def __init__(self, in_channels, out_channels):
        super().__init__(nn.Conv2d(in_channels, out_channels, 3, padding="same", bias=False))


class DownConv(_Unit):
    def __init__(self, in_channels, out_channels):
        super().__init__(nn.Conv2d(in_channels, out_channels, 3, 2, 1))


class UpConv(_Unit):
    def __init__(self, in_channels, out_channels):
        super().__init__(nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1))


class Flatten(nn.Module):
    def forward(self, x):
        return nn.functional.gelu(x.flatten(2).mean(2))[:, :, None, None]


class Unflatten(_Unit):
    def __init__(self, in_channels):
        super().__init__(nn.ConvTranspose2d(in_channels, in_channels, 7, 1, 0))


class ConvBlock(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        super().__init__(Conv(in_channels, out_channels), Conv(out_channels, out_channels))


class DownBlock(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        down = DownConv(in_channels, out_channels)
        super().__init__(down, ConvBlock(out_channels, out_channels))


class UpBlock(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        super().__init__(UpConv(in_channels, out_channels), ConvBlock(out_channels, out_channels))


class FC(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        super().__init__(nn.Linear(in_channels, out_channels), nn.GELU("tanh"))


class FCBlock(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(in_channels, out_channels), nn.GELU(), nn.Linear(out_channels, out_channels)
        )

    def forward(self, x):
        return self.net(x)[..., None, None]

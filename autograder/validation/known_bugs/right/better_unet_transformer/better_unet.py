"""Patches of 4 x 4 pixels are the tokens of a transformer; the image itself skips it (DiT)."""

import torch
from torch import nn


def time_embedding(t, size):
    rates = 10_000.0 ** (-torch.arange(size // 2, device=t.device) / (size // 2))
    angles = 1000 * t[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(width, elementwise_affine=False)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.modulation = nn.Linear(width, 6 * width)

    def forward(self, h, time):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(time)[:, None].chunk(6, 2)
        q, k, v = self.qkv(self.norm1(h) * (1 + scale1) + shift1).chunk(3, 2)
        h = h + gate1 * self.out(nn.functional.scaled_dot_product_attention(q, k, v))
        return h + gate2 * self.mlp(self.norm2(h) * (1 + scale2) + shift2)


class BetterUNet(nn.Module):
    def __init__(self, in_channels, num_hiddens):
        super().__init__()
        self.width = width = 4 * num_hiddens
        self.patches = nn.Conv2d(in_channels, width, 4, stride=4)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU())
        self.blocks = nn.ModuleList([Block(width) for _ in range(3)])
        self.pixels = nn.ConvTranspose2d(width, in_channels, 4, stride=4)
        self.skip = nn.Conv2d(in_channels, in_channels, 3, padding=1)

    def forward(self, x, t):
        time = self.time(time_embedding(t, self.width))
        maps = self.patches(x)
        h = maps.flatten(2).transpose(1, 2)
        for block in self.blocks:
            h = block(h, time)
        return self.pixels(h.transpose(1, 2).unflatten(2, maps.shape[2:])) + self.skip(x)

"""A right unet.py of nn.Sequential parts of its own, tanh GELU, no bias before BatchNorm."""

import torch
from torch import nn


def cbg(conv):
    return [conv, nn.BatchNorm2d(conv.out_channels), nn.GELU(approximate="tanh")]


def same(i, o):
    return cbg(nn.Conv2d(i, o, 3, 1, 1, bias=False))


def encoder(i, o):
    return nn.Sequential(*cbg(nn.Conv2d(i, o, 3, 2, 1, bias=False)), *same(o, o), *same(o, o))


def decoder(i, o):
    up = nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)
    return nn.Sequential(*cbg(up), *same(o, o), *same(o, o))


class Trunk(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.head = nn.Sequential(*same(2 * D, D), *same(D, D), nn.Conv2d(D, C, 1))
        self.ups = nn.ModuleList([decoder(4 * D, D), decoder(2 * D, D)])
        self.bottom = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.GELU("tanh"),
            *cbg(nn.ConvTranspose2d(2 * D, 2 * D, 7, bias=False)),
        )
        self.downs = nn.ModuleList([encoder(D, D), encoder(D, 2 * D)])
        self.stem = nn.Sequential(*same(C, D), *same(D, D))

    def forward(self, x, film=lambda level, h: h):
        skips = [self.stem(x)]
        for down in self.downs:
            skips.append(down(skips[-1]))
        h = film(0, self.bottom(skips[-1]))
        h = film(1, self.ups[0](torch.cat([h, skips.pop()], 1)))
        h = self.ups[1](torch.cat([h, skips.pop()], 1))
        return self.head(torch.cat([h, skips.pop()], 1))


class UnconditionalUNet(nn.Module):
    def __init__(self, in_channels, num_hiddens):
        super().__init__()
        self.trunk = Trunk(in_channels, num_hiddens)

    def forward(self, x):
        return self.trunk(x)


def fc(i, o):
    return nn.Sequential(nn.Linear(i, o), nn.GELU(), nn.Linear(o, o), nn.Unflatten(1, (o, 1, 1)))


class TimeConditionalUNet(nn.Module):
    def __init__(self, in_channels, num_hiddens):
        super().__init__()
        self.trunk = Trunk(in_channels, num_hiddens)
        self.t = nn.ModuleList([fc(1, 2 * num_hiddens), fc(1, num_hiddens)])

    def forward(self, x, t):
        return self.trunk(x, lambda level, h: h + self.t[level](t.view(-1, 1)))


class ScaledTimeUNet(TimeConditionalUNet):
    def forward(self, x, t):
        return self.trunk(x, lambda level, h: self.t[level](t.view(-1, 1)) * h)


class ClassConditionalUNet(TimeConditionalUNet):
    """The class through a table with one row more, for no class."""

    def __init__(self, in_channels, num_classes, num_hiddens):
        super().__init__(in_channels, num_hiddens)
        self.none = num_classes
        widths = (2 * num_hiddens, num_hiddens)
        self.c = nn.ModuleList([nn.Embedding(num_classes + 1, width) for width in widths])

    def forward(self, x, c, t, mask=None):
        if mask is not None:
            c = torch.where(mask.bool(), c, self.none)
        t = t.view(-1, 1)
        return self.trunk(x, lambda i, h: self.c[i](c)[:, :, None, None] * h + self.t[i](t))

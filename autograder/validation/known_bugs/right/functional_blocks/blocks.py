"""A right blocks.py in functional style: raw parameters and buffers, no layers of torch.nn."""

import torch
import torch.nn.functional as F
from torch import nn


class _Base(nn.Module):
    def __init__(self, conv, shape, width, **how):
        super().__init__()
        self.f, self.how = conv, how
        self.k = nn.Parameter(torch.randn(shape) * 0.1)
        self.g, self.h = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.register_buffer("m", torch.zeros(width))
        self.register_buffer("v", torch.ones(width))

    def forward(self, x):
        y = self.f(x, self.k, None, **self.how)
        y = torch.batch_norm(y, self.g, self.h, self.m, self.v, self.training, 0.1, 1e-5, False)
        return 0.5 * y * (1 + torch.erf(y / 2**0.5))


class Conv(_Base):
    def __init__(self, i, o):
        super().__init__(F.conv2d, (o, i, 3, 3), o, padding=1)


class DownConv(_Base):
    def __init__(self, i, o):
        super().__init__(F.conv2d, (o, i, 3, 3), o, stride=2, padding=1)


class UpConv(_Base):
    def __init__(self, i, o):
        super().__init__(F.conv_transpose2d, (i, o, 4, 4), o, stride=2, padding=1)


class Unflatten(_Base):
    def __init__(self, i):
        super().__init__(F.conv_transpose2d, (i, i, 7, 7), i, stride=7)


class Flatten(nn.Module):
    def forward(self, x):
        return F.gelu(F.adaptive_avg_pool2d(x, 1))


class _Chain(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(reversed(parts))

    def forward(self, x):
        for part in reversed(self.parts):
            x = part(x)
        return x


class ConvBlock(_Chain):
    def __init__(self, i, o):
        super().__init__(Conv(i, o), Conv(o, o))


class DownBlock(_Chain):
    def __init__(self, i, o):
        super().__init__(DownConv(i, o), Conv(o, o), Conv(o, o))


class UpBlock(_Chain):
    def __init__(self, i, o):
        super().__init__(UpConv(i, o), Conv(o, o), Conv(o, o))


class FC(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.a, self.b = nn.Parameter(torch.randn(i, o)), nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return F.gelu(torch.addmm(self.b, x, self.a))


class FCBlock(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.a, self.b = nn.Parameter(torch.randn(i, o)), nn.Parameter(torch.zeros(o))
        self.c, self.d = nn.Parameter(torch.randn(o, o)), nn.Parameter(torch.zeros(o))

    def forward(self, x):
        return torch.addmm(self.d, F.gelu(x @ self.a + self.b, approximate="tanh"), self.c)

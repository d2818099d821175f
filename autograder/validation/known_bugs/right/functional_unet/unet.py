"""A right unet.py in functional style, without the classes of blocks.py: weights in a dictionary."""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.w = nn.ParameterDict()
        self.mean = nn.Module()
        for name, shape in {
            "a1": (D, C, 3, 3), "a2": (D, D, 3, 3),
            "b1": (D, D, 3, 3), "b2": (D, D, 3, 3), "b3": (D, D, 3, 3),
            "c1": (2 * D, D, 3, 3), "c2": (2 * D, 2 * D, 3, 3), "c3": (2 * D, 2 * D, 3, 3),
            "u1": (2 * D, 2 * D, 7, 7),
            "d1": (4 * D, D, 4, 4), "d2": (D, D, 3, 3), "d3": (D, D, 3, 3),
            "e1": (2 * D, D, 4, 4), "e2": (D, D, 3, 3), "e3": (D, D, 3, 3),
            "f1": (D, 2 * D, 3, 3), "f2": (D, D, 3, 3),
        }.items():
            width = shape[1] if name in ("u1", "d1", "e1") else shape[0]
            self.w[name] = nn.Parameter(torch.randn(shape) / (shape[1] * 9) ** 0.5)
            self.w[name + "_scale"] = nn.Parameter(torch.ones(width))
            self.w[name + "_shift"] = nn.Parameter(torch.zeros(width))
            self.register_buffer(name + "_mean", torch.zeros(width))
            self.register_buffer(name + "_var", torch.ones(width))
        self.w["last"] = nn.Parameter(torch.randn(C, D, 1, 1) / D**0.5)
        self.w["last_b"] = nn.Parameter(torch.zeros(C))

    def layer(self, x, n, conv=F.conv2d, **how):
        x = conv(x, weight=self.w[n], **how)
        x = F.batch_norm(x, getattr(self, n + "_mean"), getattr(self, n + "_var"),
                         self.w[n + "_scale"], self.w[n + "_shift"], training=self.training)
        return F.gelu(x)

    def run(self, x, c1=1, t1=0, c2=1, t2=0):
        assert x.shape[2] == x.shape[3] == 28
        a = self.layer(self.layer(x, "a1", padding=1), "a2", padding=1)
        b = self.layer(a, "b1", stride=2, padding=1)
        b = self.layer(self.layer(b, "b2", padding=1), "b3", padding=1)
        c = self.layer(b, "c1", stride=2, padding=1)
        c = self.layer(self.layer(c, "c2", padding=1), "c3", padding=1)
        m = F.gelu(c.mean(dim=(2, 3), keepdim=True))
        u = self.layer(m, "u1", F.conv_transpose2d)
        y = torch.cat((c, c1 * u + t1), dim=1)
        y = self.layer(y, "d1", F.conv_transpose2d, stride=2, padding=1)
        y = self.layer(self.layer(y, "d2", padding=1), "d3", padding=1)
        y = torch.cat((b, c2 * y + t2), dim=1)
        y = self.layer(y, "e1", F.conv_transpose2d, stride=2, padding=1)
        y = self.layer(self.layer(y, "e2", padding=1), "e3", padding=1)
        y = torch.cat((a, y), dim=1)
        y = self.layer(self.layer(y, "f1", padding=1), "f2", padding=1)
        return F.conv2d(y, self.w["last"], self.w["last_b"])


class UnconditionalUNet(Net):
    def __init__(self, in_channels, num_hiddens):
        super().__init__(in_channels, num_hiddens)

    def forward(self, x):
        return self.run(x)


def embed(n, width):
    return nn.Sequential(nn.Linear(n, width), nn.GELU(), nn.Linear(width, width))


class TimeConditionalUNet(Net):
    def __init__(self, in_channels, num_hiddens):
        super().__init__(in_channels, num_hiddens)
        self.t1, self.t2 = embed(1, 2 * num_hiddens), embed(1, num_hiddens)

    def forward(self, x, t):
        t = t.reshape(-1, 1)
        return self.run(x, t1=self.t1(t)[..., None, None], t2=self.t2(t)[..., None, None])


class ScaledTimeUNet(TimeConditionalUNet):
    def forward(self, x, t):
        t = t.reshape(-1, 1)
        return self.run(x, self.t1(t)[..., None, None], 0, self.t2(t)[..., None, None], 0)


class ClassConditionalUNet(TimeConditionalUNet):
    def __init__(self, in_channels, num_classes, num_hiddens):
        super().__init__(in_channels, num_hiddens)
        self.k = num_classes
        self.c1, self.c2 = embed(num_classes, 2 * num_hiddens), embed(num_classes, num_hiddens)

    def forward(self, x, c, t, mask=None):
        mask = torch.ones(len(x), device=x.device) if mask is None else mask.float()
        hot = torch.zeros(len(x), self.k, device=x.device)
        hot[torch.arange(len(x)), c] = mask
        t = t.reshape(-1, 1)
        parts = [f(v)[..., None, None] for f, v in
                 ((self.c1, hot), (self.t1, t), (self.c2, hot), (self.t2, t))]
        return self.run(x, *parts)

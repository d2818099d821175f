"""Small nets that learn to predict noise in seconds, in the place of the submission's UNets, and
what a net answers.
"""

from itertools import pairwise

import torch
from torch import nn

from .conditions import as_net

Tensor = torch.Tensor


def predictions(net: nn.Module, *inputs: Tensor) -> Tensor:
    """What a net answers in eval mode; its mode stays as it was."""
    train = net.training
    net.eval()
    with torch.no_grad():
        answers = net(*inputs)
    net.train(train)
    return answers.clone()


class SmallTimeNet(nn.Module):
    """Four 3 x 3 convolutions that see x and maps of t, and of the class where there is one."""

    def __init__(self, conditions: int = 1, width: int = 24):
        super().__init__()
        widths = (1 + conditions, width, width, width)
        layers = [
            nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.GELU())
            for i, o in pairwise(widths)
        ]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, 1, 3, padding=1))

    @as_net
    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self._predict(x, t.reshape(-1, 1))

    def _predict(self, x: Tensor, conditions: Tensor) -> Tensor:
        maps = conditions.float()[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.layers(torch.cat([x, maps], dim=1))


class SmallClassNet(SmallTimeNet):
    """The same, told the class as ten more maps."""

    def __init__(self, width: int = 24):
        super().__init__(conditions=11, width=width)

    @as_net
    def forward(self, x: Tensor, c: Tensor, t: Tensor, mask: Tensor | None = None) -> Tensor:
        hot = nn.functional.one_hot(c, 10).float()
        if mask is not None:
            hot = hot * mask.reshape(-1, 1).float()
        return self._predict(x, torch.cat([t.reshape(-1, 1), hot], dim=1))

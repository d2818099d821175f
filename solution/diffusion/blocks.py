"""The building blocks of the UNet (handout, figure 2).

Shapes: N batch, C channels, H x W pixels. All blocks but `Flatten` and `Unflatten` take images of
any size.
"""

import torch
from torch import nn

Tensor = torch.Tensor


class Conv(nn.Module):
    """Change the channels, keep the resolution: Conv2d(3, stride 1, pad 1), BatchNorm, GELU.

    forward: x (N, in_channels, H, W) -> (N, out_channels, H, W), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=1, padding=1)
        self.norm = nn.BatchNorm2d(out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return nn.functional.gelu(self.norm(self.conv(x)))
        ### END SOLUTION


class DownConv(nn.Module):
    """Halve the resolution: Conv2d(3, stride 2, pad 1), BatchNorm, GELU.

    forward: x (N, in_channels, H, W) -> (N, out_channels, H / 2, W / 2), float32; H and W even.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return nn.functional.gelu(self.norm(self.conv(x)))
        ### END SOLUTION


class UpConv(nn.Module):
    """Double the resolution: ConvTranspose2d(4, stride 2, pad 1), BatchNorm, GELU.

    forward: x (N, in_channels, H, W) -> (N, out_channels, 2 H, 2 W), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv = nn.ConvTranspose2d(in_channels, out_channels, 4, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return nn.functional.gelu(self.norm(self.conv(x)))
        ### END SOLUTION


class Flatten(nn.Module):
    """Average each 7 x 7 feature map to one number: AvgPool2d(7), GELU.

    forward: x (N, C, 7, 7) -> (N, C, 1, 1), float32.
    """

    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION
        self.pool = nn.AvgPool2d(7)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return nn.functional.gelu(self.pool(x))
        ### END SOLUTION


class Unflatten(nn.Module):
    """Turn one number per channel into 7 x 7 pixels: ConvTranspose2d(7, stride 7), BatchNorm, GELU.

    forward: x (N, in_channels, 1, 1) -> (N, in_channels, 7, 7), float32.
    """

    def __init__(self, in_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv = nn.ConvTranspose2d(in_channels, in_channels, kernel_size=7, stride=7)
        self.norm = nn.BatchNorm2d(in_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return nn.functional.gelu(self.norm(self.conv(x)))
        ### END SOLUTION


class ConvBlock(nn.Module):
    """Two `Conv` in a row; the first one changes the channels.

    forward: x (N, in_channels, H, W) -> (N, out_channels, H, W), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = Conv(in_channels, out_channels)
        self.conv2 = Conv(out_channels, out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return self.conv2(self.conv1(x))
        ### END SOLUTION


class DownBlock(nn.Module):
    """`DownConv`, then `ConvBlock`.

    forward: x (N, in_channels, H, W) -> (N, out_channels, H / 2, W / 2), float32; H and W even.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.down = DownConv(in_channels, out_channels)
        self.block = ConvBlock(out_channels, out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return self.block(self.down(x))
        ### END SOLUTION


class UpBlock(nn.Module):
    """`UpConv`, then `ConvBlock`.

    forward: x (N, in_channels, H, W) -> (N, out_channels, 2 H, 2 W), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.up = UpConv(in_channels, out_channels)
        self.block = ConvBlock(out_channels, out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return self.block(self.up(x))
        ### END SOLUTION


class FC(nn.Module):
    """A fully connected layer with its nonlinearity: Linear, GELU.

    forward: x (N, in_channels) -> (N, out_channels), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.linear = nn.Linear(in_channels, out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return nn.functional.gelu(self.linear(x))
        ### END SOLUTION


class FCBlock(nn.Module):
    """Embed a condition: Linear, GELU, Linear; the first layer changes the width.

    forward: x (N, in_channels) -> (N, out_channels), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.linear1 = nn.Linear(in_channels, out_channels)
        self.linear2 = nn.Linear(out_channels, out_channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        ### BEGIN SOLUTION
        return self.linear2(nn.functional.gelu(self.linear1(x)))
        ### END SOLUTION

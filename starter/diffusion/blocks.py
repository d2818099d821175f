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
        raise NotImplementedError("Part 1 (task blocks): fill in Conv.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in Conv.forward in diffusion/blocks.py")


class DownConv(nn.Module):
    """Halve the resolution: Conv2d(3, stride 2, pad 1), BatchNorm, GELU.

    forward: x (N, in_channels, H, W) -> (N, out_channels, H / 2, W / 2), float32; H and W even.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        raise NotImplementedError("Part 1 (task blocks): fill in DownConv.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in DownConv.forward in diffusion/blocks.py")


class UpConv(nn.Module):
    """Double the resolution: ConvTranspose2d(4, stride 2, pad 1), BatchNorm, GELU.

    forward: x (N, in_channels, H, W) -> (N, out_channels, 2 H, 2 W), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        raise NotImplementedError("Part 1 (task blocks): fill in UpConv.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in UpConv.forward in diffusion/blocks.py")


class Flatten(nn.Module):
    """Average each 7 x 7 feature map to one number: AvgPool2d(7), GELU.

    forward: x (N, C, 7, 7) -> (N, C, 1, 1), float32.
    """

    def __init__(self):
        super().__init__()
        raise NotImplementedError("Part 1 (task blocks): fill in Flatten.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in Flatten.forward in diffusion/blocks.py")


class Unflatten(nn.Module):
    """Turn one number per channel into 7 x 7 pixels: ConvTranspose2d(7, stride 7), BatchNorm, GELU.

    forward: x (N, in_channels, 1, 1) -> (N, in_channels, 7, 7), float32.
    """

    def __init__(self, in_channels: int):
        super().__init__()
        raise NotImplementedError("Part 1 (task blocks): fill in Unflatten.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in Unflatten.forward in diffusion/blocks.py")


class ConvBlock(nn.Module):
    """Two `Conv` in a row; the first one changes the channels.

    forward: x (N, in_channels, H, W) -> (N, out_channels, H, W), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        raise NotImplementedError("Part 1 (task blocks): fill in ConvBlock.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in ConvBlock.forward in diffusion/blocks.py")


class DownBlock(nn.Module):
    """`DownConv`, then `ConvBlock`.

    forward: x (N, in_channels, H, W) -> (N, out_channels, H / 2, W / 2), float32; H and W even.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        raise NotImplementedError("Part 1 (task blocks): fill in DownBlock.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in DownBlock.forward in diffusion/blocks.py")


class UpBlock(nn.Module):
    """`UpConv`, then `ConvBlock`.

    forward: x (N, in_channels, H, W) -> (N, out_channels, 2 H, 2 W), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        raise NotImplementedError("Part 1 (task blocks): fill in UpBlock.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in UpBlock.forward in diffusion/blocks.py")


class FCBlock(nn.Module):
    """Embed a condition: Linear, GELU, Linear; the first layer changes the width.

    forward: x (N, in_channels) -> (N, out_channels), float32.
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        raise NotImplementedError("Part 1 (task blocks): fill in FCBlock.__init__ in diffusion/blocks.py")

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError("Part 1 (task blocks): fill in FCBlock.forward in diffusion/blocks.py")

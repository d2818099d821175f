"""UNets, which take images of 28 x 28 pixels and return images of the same shape.

The handout shows them. Build them from the classes of `blocks.py`; D stands for `num_hiddens`.
"""

import torch
from torch import nn

from .blocks import ConvBlock, DownBlock, FCBlock, Flatten, Unflatten, UpBlock

Tensor = torch.Tensor


class UnconditionalUNet(nn.Module):
    """The UNet of figure 1: down to 7 x 7, flatten to 1 x 1, and up again with three skips.

    The last layer is a plain Conv2d from D channels to `in_channels`; nothing follows it.
    """

    def __init__(self, in_channels: int, num_hiddens: int):
        super().__init__()
        raise NotImplementedError("Part 1 (task unet): fill in UnconditionalUNet.__init__ in diffusion/unet.py")

    def forward(self, x: Tensor) -> Tensor:
        """Denoise (or predict the noise of) a batch.

        Args:
            x: (N, in_channels, 28, 28) float32 images.

        Returns:
            (N, in_channels, 28, 28) float32.

        Raises:
            ValueError: the images are not 28 x 28.
        """
        raise NotImplementedError("Part 1 (task unet): fill in UnconditionalUNet.forward in diffusion/unet.py")


class TimeConditionalUNet(nn.Module):
    """The UNet of figure 1 with two `FCBlock` of t, which shift two feature maps (figure 3).

    unflatten = unflatten + t1 and up1 = up1 + t2, with t1 and t2 the same at every pixel.
    """

    def __init__(self, in_channels: int, num_hiddens: int):
        super().__init__()
        raise NotImplementedError("Part 2 (task time_unet): fill in TimeConditionalUNet.__init__ in diffusion/unet.py")

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Predict the noise in a batch.

        Args:
            x: (N, in_channels, 28, 28) float32 noisy images.
            t: (N,) float32 normalised time t / T in [0, 1].

        Returns:
            (N, in_channels, 28, 28) float32.

        Raises:
            ValueError: the images are not 28 x 28.
        """
        raise NotImplementedError("Part 2 (task time_unet): fill in TimeConditionalUNet.forward in diffusion/unet.py")


class ClassConditionalUNet(nn.Module):
    """The UNet of figure 3: t shifts and the class c scales the same two feature maps.

    unflatten = c1 * unflatten + t1 and up1 = c2 * up1 + t2. The class enters as a one-hot vector;
    the mask turns that vector into zeros *before* its `FCBlock`.
    """

    def __init__(self, in_channels: int, num_classes: int, num_hiddens: int):
        super().__init__()
        raise NotImplementedError("Part 3 (task class_unet): fill in ClassConditionalUNet.__init__ in diffusion/unet.py")

    def forward(self, x: Tensor, c: Tensor, t: Tensor, mask: Tensor | None = None) -> Tensor:
        """Predict what the net is trained for.

        Args:
            x: (N, in_channels, 28, 28) float32 noisy images.
            c: (N,) int64 classes in 0..num_classes - 1.
            t: (N,) float32 time, scaled to [0, 1].
            mask: (N,) bool, int or float; 1 keeps the class of that image, 0 drops it. None keeps
                all.

        Returns:
            (N, in_channels, 28, 28) float32.

        Raises:
            ValueError: the images are not 28 x 28.
        """
        raise NotImplementedError("Part 3 (task class_unet): fill in ClassConditionalUNet.forward in diffusion/unet.py")

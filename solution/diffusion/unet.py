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
        ### BEGIN SOLUTION
        D = num_hiddens
        self.enter = ConvBlock(in_channels, D)
        self.down1 = DownBlock(D, D)
        self.down2 = DownBlock(D, 2 * D)
        self.flatten = Flatten()
        self.unflatten = Unflatten(2 * D)
        self.up1 = UpBlock(4 * D, D)
        self.up2 = UpBlock(2 * D, D)
        self.leave = ConvBlock(2 * D, D)
        self.last = nn.Conv2d(D, in_channels, kernel_size=3, stride=1, padding=1)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Denoise (or predict the noise of) a batch.

        Args:
            x: (N, in_channels, 28, 28) float32 images.

        Returns:
            (N, in_channels, 28, 28) float32.

        Raises:
            ValueError: the images are not 28 x 28.
        """
        ### BEGIN SOLUTION
        return self.modulated(x)
        ### END SOLUTION

    ### BEGIN SOLUTION
    def modulated(self, x, c1=1.0, t1=0.0, c2=1.0, t2=0.0):
        """The network with unflatten and up1 scaled by c1, c2 and shifted by t1, t2."""
        if x.shape[-2:] != (28, 28):
            raise ValueError(f"this UNet takes 28 x 28 images, not {tuple(x.shape[-2:])}")
        skip28 = self.enter(x)                                      # (N,  D, 28, 28)
        skip14 = self.down1(skip28)                                 # (N,  D, 14, 14)
        skip7 = self.down2(skip14)                                  # (N, 2D,  7,  7)
        unflatten = c1 * self.unflatten(self.flatten(skip7)) + t1   # (N, 2D,  7,  7)
        up1 = c2 * self.up1(torch.cat([unflatten, skip7], 1)) + t2  # (N,  D, 14, 14)
        up2 = self.up2(torch.cat([up1, skip14], 1))                 # (N,  D, 28, 28)
        return self.last(self.leave(torch.cat([up2, skip28], 1)))   # (N,  C, 28, 28)

    ### END SOLUTION


class TimeConditionalUNet(nn.Module):
    """The UNet of figure 1 with two `FCBlock` of t, which shift two feature maps (figure 3).

    unflatten = unflatten + t1 and up1 = up1 + t2, with t1 and t2 the same at every pixel.
    """

    def __init__(self, in_channels: int, num_hiddens: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.unet = UnconditionalUNet(in_channels, num_hiddens)
        self.fc1_t = FCBlock(1, 2 * num_hiddens)
        self.fc2_t = FCBlock(1, num_hiddens)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        t1 = self.fc1_t(t[:, None])[:, :, None, None]  # (N, 2D, 1, 1)
        t2 = self.fc2_t(t[:, None])[:, :, None, None]  # (N,  D, 1, 1)
        return self.unet.modulated(x, t1=t1, t2=t2)
        ### END SOLUTION


class ScaledTimeUNet(nn.Module):
    """The UNet of figure 1 with two `FCBlock` of t, which scale two feature maps.

    unflatten = t1 * unflatten and up1 = t2 * up1, with t1 and t2 the same at every pixel.
    """

    def __init__(self, in_channels: int, num_hiddens: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.unet = UnconditionalUNet(in_channels, num_hiddens)
        self.scale1 = FCBlock(1, 2 * num_hiddens)
        self.scale2 = FCBlock(1, num_hiddens)
        ### END SOLUTION

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Predict what the net is trained for: a noise, or a velocity.

        Args:
            x: (N, in_channels, 28, 28) float32 noisy images.
            t: (N,) float32 time in [0, 1].

        Returns:
            (N, in_channels, 28, 28) float32.

        Raises:
            ValueError: the images are not 28 x 28.
        """
        ### BEGIN SOLUTION
        t1 = self.scale1(t[:, None])[:, :, None, None]  # (N, 2D, 1, 1)
        t2 = self.scale2(t[:, None])[:, :, None, None]  # (N,  D, 1, 1)
        return self.unet.modulated(x, c1=t1, c2=t2)
        ### END SOLUTION


class ClassConditionalUNet(nn.Module):
    """The UNet of figure 3: t shifts and the class c scales the same two feature maps.

    unflatten = c1 * unflatten + t1 and up1 = c2 * up1 + t2. The class enters as a one-hot vector;
    the mask turns that vector into zeros *before* its `FCBlock`.
    """

    def __init__(self, in_channels: int, num_classes: int, num_hiddens: int):
        super().__init__()
        ### BEGIN SOLUTION
        self.num_classes = num_classes
        self.unet = UnconditionalUNet(in_channels, num_hiddens)
        self.fc1_t = FCBlock(1, 2 * num_hiddens)
        self.fc2_t = FCBlock(1, num_hiddens)
        self.fc1_c = FCBlock(num_classes, 2 * num_hiddens)
        self.fc2_c = FCBlock(num_classes, num_hiddens)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        one_hot = nn.functional.one_hot(c, self.num_classes).to(x.dtype)  # (N, num_classes)
        if mask is not None:
            one_hot = one_hot * mask[:, None].to(x.dtype)
        c1 = self.fc1_c(one_hot)[:, :, None, None]     # (N, 2D, 1, 1)
        t1 = self.fc1_t(t[:, None])[:, :, None, None]  # (N, 2D, 1, 1)
        c2 = self.fc2_c(one_hot)[:, :, None, None]     # (N,  D, 1, 1)
        t2 = self.fc2_t(t[:, None])[:, :, None, None]  # (N,  D, 1, 1)
        return self.unet.modulated(x, c1, t1, c2, t2)
        ### END SOLUTION

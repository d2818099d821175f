# for: edm_loss edm-steps
"""A net with classes in the place of one without. Given, nothing to fill in."""

import torch
from torch import nn

Tensor = torch.Tensor


class Labelled(nn.Module):
    """Called as net(x, t), it calls unet(x, c, t, mask) with the classes of these images.

    Args:
        unet: a class-conditional net.
        c: (N,) int64 classes, on the device of the images.
        mask: (N,) float32, 1 to keep and 0 to drop a class.
    """

    def __init__(self, unet: nn.Module, c: Tensor, mask: Tensor):
        super().__init__()
        self.unet, self.c, self.mask = unet, c, mask

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.unet(x, self.c, t, self.mask)


class Guided(nn.Module):
    """The same with guidance, in two calls: F_uncond + w (F_cond - F_uncond).

    D = c_skip x + c_out F, so that guided F make guided D.
    """

    def __init__(self, unet: nn.Module, c: Tensor, w: float):
        super().__init__()
        keep = torch.ones(len(c), device=c.device)
        self.kept, self.dropped, self.w = Labelled(unet, c, keep), Labelled(unet, c, 0 * keep), w

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        dropped = self.dropped(x, t)
        return dropped + self.w * (self.kept(x, t) - dropped)
# end for

"""One-step denoising: learn to remove Gaussian noise of one strength (handout, part 1)."""

import torch
from torch import nn

Tensor = torch.Tensor


def add_noise(x: Tensor, sigma: float) -> Tensor:
    """Add fresh Gaussian noise to clean images: z = x + sigma * eps, eps ~ N(0, I) (equation 2).

    Args:
        x: (N, C, H, W) float32 images in [0, 1]; not changed.
        sigma: standard deviation of the noise, >= 0.

    Returns:
        z: (N, C, H, W) float32, on the device of x; not clipped to [0, 1].
    """
    ### BEGIN SOLUTION
    return x + sigma * torch.randn_like(x)
    ### END SOLUTION


def denoising_loss(unet: nn.Module, x: Tensor, sigma: float) -> Tensor:
    """The mean squared error of the denoised images, mean |unet(z) - x|^2 (equation 1).

    Args:
        unet: maps (N, C, H, W) to (N, C, H, W).
        x: (N, C, H, W) float32 clean images.
        sigma: standard deviation of the noise.

    Returns:
        A scalar float32 loss, the mean over all pixels, differentiable in the parameters of `unet`.
    """
    ### BEGIN SOLUTION
    z = add_noise(x, sigma)
    return nn.functional.mse_loss(unet(z), x)
    ### END SOLUTION

"""Two ways to denoise an image at once: a blur, and one call of a pretrained model.

Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, equation 15; handout, part A.
"""

import torch

from .pretrained.model import Cond, Model

Tensor = torch.Tensor


def blur_denoise(x: Tensor, kernel_size: int = 5, sigma: float = 1.0) -> Tensor:
    """The images after a Gaussian blur: classical denoising, without any model (equation A2).

    Args:
        x: (N, C, H, W) float32; not changed.
        kernel_size: width and height of the kernel in pixels, odd; its weights add up to 1.
        sigma: standard deviation of the Gaussian in pixels.

    Returns:
        (N, C, H, W) float32; at the border, any continuation of the image is right.
    """
    ### BEGIN SOLUTION
    offsets = torch.arange(kernel_size, device=x.device) - (kernel_size - 1) / 2
    row = torch.softmax(-(offsets**2) / (2 * sigma**2), dim=0)
    kernel = torch.outer(row, row).expand(x.shape[1], 1, -1, -1)
    padded = torch.nn.functional.pad(x, [kernel_size // 2] * 4, mode="reflect")
    return torch.nn.functional.conv2d(padded, kernel, groups=x.shape[1])
    ### END SOLUTION


def one_step(model: Model, x: Tensor, t: int, cond: Cond = None) -> Tensor:
    """The estimate of the clean images from one call of the model (equation A3).

    Args:
        model: predicts the noise in x.
        x: (N, C, H, W) float32, noisy images at t; not changed.
        t: an index of the model's table, with alpha_bar above 0.
        cond: what the model is told about the images, passed on to it; None for nothing.

    Returns:
        (N, C, H, W) float32, x_0 as the model sees it; clipping it to the model's range is allowed.
    """
    ### BEGIN SOLUTION
    alpha_bar = model.alpha_bars[t].item()
    return (x - (1 - alpha_bar) ** 0.5 * model.eps(x, t, cond)) / alpha_bar**0.5
    ### END SOLUTION

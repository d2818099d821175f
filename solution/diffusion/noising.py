"""Noisy images for a pretrained model, at any t of its own table.

Ho, Jain, Abbeel, "Denoising Diffusion Probabilistic Models", 2020, equation 4; handout, part A.
"""

import torch

from .pretrained.model import Model

Tensor = torch.Tensor


def noisy_at(
    model: Model, x_0: Tensor, t: int, generator: torch.Generator | None = None
) -> Tensor:
    """x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps with new noise eps (equation A1).

    Args:
        model: its `alpha_bars` are indexed by t.
        x_0: (N, C, H, W) float32 clean images in the model's range; not changed.
        t: an index of the table, the same for all images.
        generator: draws the noise, on the device of x_0; None draws from torch's own.

    Returns:
        (N, C, H, W) float32; values beyond the model's range are not clipped.
    """
    ### BEGIN SOLUTION
    alpha_bar = model.alpha_bars[t].item()
    eps = torch.randn(x_0.shape, generator=generator, device=x_0.device)
    return alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps
    ### END SOLUTION

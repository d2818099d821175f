"""Samples of a model with the solution's own functions, and what the trusted classifier reads."""

import numpy as np
import torch
from diffusion.iterative import iterative_denoise_cfg, strided_timesteps
from diffusion.pretrained.digit_model import DigitModel

from checkkit.classifier import accuracy

START, STRIDE = 297, 9
GUIDANCE = 3.0


def guided_samples(
    model: DigitModel, digits: torch.Tensor, scale: float = GUIDANCE, seed: int = 0
) -> np.ndarray:
    """An image of each of the digits (N,) int64: (N, 28, 28) float32 in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(len(digits), *model.image_shape, generator=generator)
    timesteps = strided_timesteps(START, STRIDE)
    x_0, _ = iterative_denoise_cfg(model, x, timesteps, 0, digits, scale, seed)
    return as_shares(x_0)


def guided_accuracy(model: DigitModel, count: int, seed: int = 0) -> float:
    """The share of guided samples, as many of each digit, that read as the digit asked for."""
    digits = torch.arange(count) % 10
    return accuracy(guided_samples(model, digits, seed=seed), digits.numpy())


def as_shares(x: torch.Tensor) -> np.ndarray:
    """Images (N, 1, H, W) in [-1, 1] as (N, H, W) float32 in [0, 1], clipped."""
    return ((x[:, 0] + 1) / 2).clamp(0, 1).numpy()

"""How well a one-step denoiser denoises, over the strength of the noise."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from autograder.experiments.trained_runs.inference import add_noise, denoise

SIGMAS = tuple(step / 10 for step in range(11))
BATCH = 250


def psnr(squared_error: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared error, of images in [0, 1].

    -10 log10 of it; infinite without an error. Nothing is clipped, so the loss of the denoiser says
    the same thing.
    """
    return float("inf") if squared_error == 0 else float(-10 * np.log10(squared_error))


def psnr_over_sigma(
    net: nn.Module,
    images: np.ndarray,
    seed: int,
    sigmas: Sequence[float] = SIGMAS,
    advance: Callable[[int], object] = lambda count: None,
) -> list[dict[str, float]]:
    """PSNR of noisy and of denoised digits for each sigma; the same noise for all, but scaled.

    Args:
        net: maps (N, 1, 28, 28) to the same.
        images: (N, 28, 28) float32 in [0, 1].
        advance: called with the number of images of a sigma that are done.

    Returns:
        One {"sigma", "noisy", "denoised"} for each sigma, in dB.
    """
    x, rows = torch.from_numpy(images)[:, None], []
    for sigma in sigmas:
        z = add_noise(x, sigma, seed)
        denoised = []
        for batch in z.split(BATCH):
            denoised.append(denoise(net, batch))
            advance(len(batch))
        noisy_error, error = ((y - x).double().square().mean() for y in (z, torch.cat(denoised)))
        rows.append(
            {"sigma": sigma, "noisy": psnr(noisy_error.item()), "denoised": psnr(error.item())}
        )
    return rows


def examples(
    net: nn.Module, image: np.ndarray, seed: int, sigmas: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """One digit, noisy and denoised at each sigma: twice (len(sigmas), 28, 28) float32."""
    x = torch.from_numpy(image)[None, None]
    noisy = torch.cat([add_noise(x, sigma, seed) for sigma in sigmas])
    return noisy[:, 0].numpy(), denoise(net, noisy)[:, 0].numpy()

"""How well a one-step denoiser denoises, over the strength of the noise."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from autograder.experiments.trained_runs.reference import reference

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
    device: torch.device,
    seed: int,
    sigmas: Sequence[float] = SIGMAS,
    told: Callable[[int], None] = lambda count: None,
) -> list[dict[str, float]]:
    """PSNR of noisy and of denoised digits for each sigma; the same noise for all, but scaled.

    Args:
        net: maps (N, 1, 28, 28) to the same.
        images: (N, 28, 28) float32 in [0, 1].
        told: hears how many images of a sigma are done.

    Returns:
        One {"sigma", "noisy", "denoised"} for each sigma, in dB.
    """
    rows = []
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for sigma in sigmas:
            torch.manual_seed(seed)
            noisy, denoised = 0.0, 0.0
            for x in torch.from_numpy(images)[:, None].split(BATCH):
                z = reference("denoiser").add_noise(x, sigma)
                y = net(z.to(device)).float().cpu()
                noisy += (z - x).double().square().sum().item()
                denoised += (y - x).double().square().sum().item()
                told(len(x))
            errors = {"noisy": noisy / images.size, "denoised": denoised / images.size}
            rows.append({"sigma": sigma} | {name: psnr(error) for name, error in errors.items()})
    return rows


def examples(
    net: nn.Module, image: np.ndarray, device: torch.device, seed: int, sigmas: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """One digit, noisy and denoised at each sigma: twice (len(sigmas), 28, 28) float32."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        pairs = []
        for sigma in sigmas:
            torch.manual_seed(seed)
            z = reference("denoiser").add_noise(torch.from_numpy(image)[None, None], sigma)
            pairs.append((z, net(z.to(device)).float().cpu()))
    noisy, denoised = (torch.cat(one)[:, 0].numpy() for one in zip(*pairs, strict=True))
    return noisy, denoised

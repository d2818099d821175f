"""Part 1: the noising strip, denoised test digits, and noise that the denoiser has never seen."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from autograder.experiments.trained_runs.inference import add_noise, denoise

from .sheets import Sheet

SIGMAS = 0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0
SIGMA_LABELS = tuple(f"{sigma:g}" for sigma in SIGMAS)
SHOWN = 3  # digits in a figure with a column for each sigma


def one_of_each(digits: TensorDataset, seed: int) -> Tensor:
    """(10, 1, H, W): one digit of each class, chosen by the seed."""
    images, labels = digits.tensors
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    first = [order[labels[order] == digit][0] for digit in range(10)]
    return images[torch.stack(first)]


def strip(x: Tensor, seed: int) -> Tensor:
    """(N, K, 1, H, W): each of the N images x at each of the K sigmas."""
    return torch.stack([add_noise(x, sigma, seed) for sigma in SIGMAS], dim=1)


def noising_sheet(digits: TensorDataset, seed: int) -> Sheet:
    """1: digits at each sigma."""
    x = one_of_each(digits, seed)[:SHOWN]
    return Sheet(
        "Noising: z = x + σ ε",
        {str(digit): z for digit, z in enumerate(strip(x, seed))},
        "Test digits x of MNIST with Gaussian noise ε of the standard deviation σ above; in a row "
        f"the same ε. Black is 0 and less, white 1 and more. Seed {seed}.",
        SIGMA_LABELS,
    )


def denoised_sheet(
    nets: Mapping[int, nn.Module], digits: TensorDataset, sigma: float, seed: int, about: str
) -> Sheet:
    """3: the same noisy test digits, denoised by the net after each of its epochs."""
    x = one_of_each(digits, seed)
    z = add_noise(x, sigma, seed)
    rows = {"clean test digits": x, f"noisy, σ = {sigma:g}": z}
    rows |= {f"denoised after epoch {epoch}": denoise(net, z) for epoch, net in nets.items()}
    return Sheet(
        "Test digits, denoised in one step",
        rows,
        f"{about}. Each net sees the same noisy digits. Seed {seed}.",
    )


def unseen_sheet(
    unet: nn.Module, epoch: int, digits: TensorDataset, sigma: float, seed: int, about: str
) -> Sheet:
    """4: the same test digits at each sigma, and what the net makes of them."""
    x = one_of_each(digits, seed)[:SHOWN]
    rows = {}
    for digit, z in enumerate(strip(x, seed)):  # (K, 1, H, W)
        rows |= {f"{digit} noisy": z, f"{digit} denoised": denoise(unet, z)}
    return Sheet(
        "Noise that the denoiser has never seen",
        rows,
        f"{about}. The net was trained at σ = {sigma:g} alone and is shown after epoch {epoch}; "
        f"for each test digit the same ε at every σ, which stands above. Seed {seed}.",
        SIGMA_LABELS,
    )

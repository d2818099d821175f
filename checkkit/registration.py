"""Training digits that came back bent: each sample against its nearest digits, moved onto it.

A copy that is shifted, turned or bent is far from its original pixel by pixel. A smooth field of
displacements takes the original back onto the copy; a digit that a net has drawn keeps features
that no training digit has.
"""

import numpy as np
import torch
from torch.nn import functional

from .classifier import BATCH, shifted_squares

Tensor = torch.Tensor

BENT = 0.025  # root mean square difference after registration, of images blurred by BLUR
BLUR = 0.7  # pixels: removes noise that was added to hide a copy
ROUGH = 1.0  # pixels: bending hardly changes an image blurred so much, so that originals are found
CANDIDATES = 6
KNOTS = 8  # control points in each direction, displaced freely
ITERATIONS = 40
RATE, BETA_1, BETA_2 = 0.3, 0.8, 0.95  # of Adam
SMOOTH = 0.002  # price of a difference of one pixel between neighbouring control points


def bent_copies(samples: np.ndarray, training: np.ndarray) -> float:
    """The share of samples (N, 28, 28) in [0, 1] that are a training digit (M, 28, 28), bent."""
    places = _nearest(_blurred(samples, ROUGH), _blurred(training, ROUGH), CANDIDATES)
    originals = _tensor(_blurred(training[places.ravel()], BLUR))
    targets = _tensor(_blurred(samples, BLUR)).repeat_interleave(CANDIDATES, dim=0)
    errors = _register(originals, targets).reshape(len(samples), CANDIDATES).amin(1)
    return float((errors < BENT).double().mean())


def bend(images: Tensor, knots: Tensor) -> Tensor:
    """Images (N, 1, 28, 28) with displacements in pixels at control points (N, 2, K, K)."""
    field = functional.interpolate(knots, images.shape[2:], mode="bicubic", align_corners=True)
    pixels = torch.arange(float(images.shape[2]))
    here = torch.stack(torch.meshgrid(pixels, pixels, indexing="ij")[::-1])
    places = (here + field) / ((images.shape[2] - 1) / 2) - 1
    return functional.grid_sample(images, places.permute(0, 2, 3, 1), align_corners=True)


def _register(originals: Tensor, targets: Tensor) -> Tensor:
    """Root mean square differences (N,) of the originals, bent onto the targets.

    By steps of Adam (Kingma and Ba, 2015, algorithm 1). `torch.optim` would import the compiler of
    torch, which takes seconds and leaves a folder among the temporary files.
    """
    knots = torch.zeros(len(originals), 2, KNOTS, KNOTS, requires_grad=True)
    mean, square = torch.zeros_like(knots), torch.zeros_like(knots)
    for step in range(1, ITERATIONS + 1):
        squares = (bend(originals, knots) - targets).square().mean((1, 2, 3))
        rough = sum(knots.diff(dim=side).square().mean((1, 2, 3)) for side in (2, 3))
        (gradient,) = torch.autograd.grad((squares + SMOOTH * rough).sum(), knots)
        mean = mean.lerp(gradient, 1 - BETA_1)
        square = square.lerp(gradient.square(), 1 - BETA_2)
        scale = (square / (1 - BETA_2**step)).sqrt() + 1e-8
        with torch.no_grad():
            knots -= RATE * mean / (1 - BETA_1**step) / scale
    with torch.no_grad():
        return (bend(originals, knots) - targets).square().mean((1, 2, 3)).sqrt()


def _nearest(images: np.ndarray, references: np.ndarray, count: int) -> np.ndarray:
    """The places (N, count) of the references nearest to each image, shifts of a pixel allowed."""
    squares = np.full((len(images), len(references)), np.inf, np.float32)
    for _, shifted in shifted_squares(images, references, max_shift=1):
        squares = np.minimum(squares, shifted)
    return np.argpartition(squares, count, axis=1)[:, :count]


def _tensor(images: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None]


def _blurred(images: np.ndarray, width: float) -> np.ndarray:
    """Images (N, 28, 28) after a Gaussian filter of this standard deviation."""
    kernel = torch.exp(-torch.arange(-3, 4.0).square() / (2 * width**2))
    kernel /= kernel.sum()
    blurred = np.empty(images.shape, np.float32)
    for start in range(0, len(images), BATCH):
        x = _tensor(images[start : start + BATCH])
        x = functional.conv2d(x, kernel.view(1, 1, 7, 1), padding=(3, 0))
        x = functional.conv2d(x, kernel.view(1, 1, 1, 7), padding=(0, 3))
        blurred[start : start + BATCH] = x[:, 0].numpy()
    return blurred

"""The trusted classifier of digits, and what it measures: is it the digit asked for, does it look real?

A small CNN trained on MNIST (`autograder/digits/train_classifier.py`). Its 64 features, the ones that its
last layer reads, carry the Fréchet distance between two sets of images, as Inception's do in the FID
(Heusel et al., 2017). Images are NumPy arrays (N, 28, 28) float32 in [0, 1].
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).resolve().parent / "data" / "classifier.safetensors"


class Classifier(nn.Module):
    """Three convolutions with BatchNorm; 33k parameters."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(1, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(24, 40, 3, padding=1, bias=False), nn.BatchNorm2d(40), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(40, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU()),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        )  # (N, 1, 28, 28) -> (N, 64)
        self.classify = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classify(self.features(x))


@cache
def load_classifier() -> Classifier:
    """The classifier with its committed weights, in eval mode."""
    classifier = Classifier()
    weights = {name: w.float() if w.is_floating_point() else w for name, w in load_file(WEIGHTS).items()}
    classifier.load_state_dict(weights)
    return classifier.eval().requires_grad_(False)


def features(images: np.ndarray) -> np.ndarray:
    """The 64 features of each image, (N, 64) float64."""
    net = load_classifier().features
    x = torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None]
    return torch.cat([net(batch) for batch in x.split(1000)]).double().numpy()


def recognised(images: np.ndarray) -> np.ndarray:
    """The class that the classifier sees in each image, (N,) int64."""
    last = load_classifier().classify
    scores = features(images) @ last.weight.double().numpy().T + last.bias.double().numpy()
    return scores.argmax(1)


def accuracy(images: np.ndarray, requested: np.ndarray) -> float:
    """The share of images in which the classifier sees the requested class."""
    return float(np.mean(recognised(images) == requested))


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Distance of the Gaussians fitted to two sets of features, (N, F) and (M, F).

    |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)). The trace of the root is that of the symmetric
    A^(1/2) B A^(1/2): no complex numbers, and rank-deficient covariances (N < F) do no harm.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    variances, axes = np.linalg.eigh(cov_a)
    root_a = axes * np.sqrt(variances.clip(0)) @ axes.T
    cross = np.sqrt(np.linalg.eigvalsh(root_a @ cov_b @ root_a).clip(0)).sum()
    shift = np.sum((a.mean(0) - b.mean(0)) ** 2)
    return float(shift + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)

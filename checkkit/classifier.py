"""The trusted classifier of digits and what it measures: is it the digit asked for, is it real?

A small CNN trained on all of MNIST. Its 64 features, the ones that its last layer reads, carry the
Fréchet distance between two sets of images, as Inception's do in the FID (Heusel et al., "GANs
Trained by a Two Time-Scale Update Rule", 2017). Images are arrays (N, 28, 28) float32 in [0, 1].
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from . import DATA

COPY = 0.10  # nine of ten real test digits are farther than this from every training digit
BATCH = 200  # more gains no time, and a small container has no room for it
WEIGHTS = DATA / "classifier.safetensors"


class Classifier(nn.Module):
    """Three convolutions with BatchNorm; 33k parameters."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *(
                nn.Conv2d(1, 24, 3, padding=1, bias=False),
                nn.BatchNorm2d(24),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ),
            *(
                nn.Conv2d(24, 40, 3, padding=1, bias=False),
                nn.BatchNorm2d(40),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ),
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
    weights = {
        name: w.float() if w.is_floating_point() else w for name, w in load_file(WEIGHTS).items()
    }
    classifier.load_state_dict(weights)
    return classifier.eval().requires_grad_(False)


def features(images: np.ndarray) -> np.ndarray:
    """The 64 features of each image, (N, 64) float64."""
    net = load_classifier().features
    x = torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None]
    return torch.cat([net(batch) for batch in x.split(BATCH)]).double().numpy()


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

    |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)). The trace of the last root is the sum of the
    singular values of A^(1/2) B^(1/2): no complex numbers, and covariances that have no full rank
    (N < F) do no harm.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    cross = np.linalg.svd(_root(cov_a) @ _root(cov_b), compute_uv=False).sum()
    shift = np.sum((a.mean(0) - b.mean(0)) ** 2)
    return float(shift + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)


def _root(covariance: np.ndarray) -> np.ndarray:
    variances, axes = np.linalg.eigh(covariance)
    return axes * np.sqrt(variances.clip(0)) @ axes.T


def class_deviation(images: np.ndarray, requested: np.ndarray) -> float:
    """How much the images of one class differ; 0 for a sampler that has one image per class.

    The standard deviation of each pixel over a class's images, averaged over pixels and classes.
    """
    return float(np.mean([images[requested == c].std(0).mean() for c in np.unique(requested)]))


def nearest(
    images: np.ndarray, references: np.ndarray, max_shift: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Root mean square pixel difference of each image to the nearest reference, and which that is.

    Shifts by up to `max_shift` pixels do not hide a copy. Real MNIST test digits are .17 from their
    nearest training digit. The distances are (N,) float32, the places in `references` (N,) int64.
    """
    each = np.arange(len(images))
    distances, places = np.full(len(images), np.inf, np.float32), np.zeros(len(images), np.int64)
    for x, squares in shifted_squares(images, references, max_shift):
        best = squares.argmin(1)
        found = np.einsum("ij,ij->i", x, x) + squares[each, best]
        found = np.sqrt(found.clip(0) / x.shape[1])
        places = np.where(found < distances, best, places)
        distances = np.minimum(found, distances)
    return distances, places


def shifted_squares(
    images: np.ndarray, references: np.ndarray, max_shift: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each shift of the images by up to `max_shift` pixels: how far they are from references.

    Yields:
        The shifted images (N, pixels), and the squares (N, M) of their distances to the references,
        without the images' own norms.
    """
    flat = references.reshape(len(references), -1).astype(np.float32, copy=False)
    norms = np.einsum("ij,ij->i", flat, flat)
    for shift in np.ndindex(2 * max_shift + 1, 2 * max_shift + 1):
        x = np.roll(images, np.subtract(shift, max_shift), (1, 2)).reshape(len(images), -1)
        yield x, norms + (-2 * x) @ flat.T


def nearest_distance(images: np.ndarray, references: np.ndarray, max_shift: int = 1) -> np.ndarray:
    """The distances of `nearest` alone, (N,) float32."""
    return nearest(images, references, max_shift)[0]


@dataclass(frozen=True)
class Quality:
    """What a set of samples is worth, in the figures that the digits' check looks at."""

    accuracy: float  # share of samples that are recognised as the class asked for
    frechet: float  # distance of their features from those of real test digits
    deviation: float  # of the pixels within a class
    copies: float  # share of samples that are as good as a training digit
    bent: float | None = None  # share that are a training digit, bent; None: not measured


def judge_samples(
    samples: np.ndarray, requested: np.ndarray, real_features: np.ndarray, training: np.ndarray
) -> Quality:
    """The quality of samples (N, 28, 28) of the classes requested (N,), any finite floats.

    Args:
        samples: clipped to [0, 1] first.
        requested: the classes asked for.
        real_features: those of test digits, with which the samples' are compared.
        training: the digits that the net was trained on, which must not come back.
    """
    samples = np.clip(samples, 0, 1).astype(np.float32)
    return Quality(
        accuracy=accuracy(samples, requested),
        frechet=frechet_distance(features(samples), real_features),
        deviation=class_deviation(samples, requested),
        copies=float(np.mean(nearest_distance(samples, training) < COPY)),
    )

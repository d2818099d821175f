"""Metrics of a set of images: classes, likeness to the test digits, variety, and copies.

All of them are computed with the classifier of `checkkit.classifier`. Every figure depends on how
many images there are, so each belongs beside that of as many real digits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import binomtest

from checkkit.classifier import (
    COPY,
    class_deviation,
    features,
    frechet_distance,
    nearest,
    recognised,
)

NEIGHBOURS = 5  # k of density and coverage, as the paper chooses it
ROWS = 1000  # of a matrix of distances at once
CHUNK = 200  # images at once against all training digits: a tenth of a gigabyte


class DigitFeatures:
    """The features of the test digits, with which those of other images are compared."""

    def __init__(self, images: np.ndarray):
        self.features = features(images)
        chunks = _split(self.features, ROWS)
        # The nearest one is the digit itself.
        self._balls = [
            (rows, np.partition(cdist(rows, self.features), NEIGHBOURS)[:, NEIGHBOURS, None])
            for rows in chunks
        ]

    def frechet(self, images: np.ndarray) -> float:
        """The Fréchet distance of images (N, 28, 28) to the test digits."""
        return frechet_distance(features(images), self.features)

    def measure(self, images: np.ndarray, classes: np.ndarray) -> dict[str, float]:
        """Frechet, density, coverage, spread, deviation of images (N, 28, 28) of classes (N,)."""
        theirs = features(images)
        density, coverage = self._density_and_coverage(theirs)
        return {
            "frechet": frechet_distance(theirs, self.features),
            "density": density,
            "coverage": coverage,
            "spread": spread(theirs, classes),
            "deviation": class_deviation(images, classes),
        }

    def _density_and_coverage(self, theirs: np.ndarray) -> tuple[float, float]:
        """Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020.

        Around each test digit lies a ball that reaches to its fifth neighbour among them. Coverage,
        a measure of variety: the share of balls with an image in them. Density, one of fidelity: in
        how many balls an image lies, as a multiple of k. Both near 1 for as many real digits
        (coverage 1 - 2^-k).
        """
        inside = np.concatenate(
            [(cdist(rows, theirs) <= radii).sum(1) for rows, radii in self._balls]
        )
        return float(inside.sum() / (NEIGHBOURS * len(theirs))), float(np.mean(inside > 0))


def _split(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return np.split(rows, range(size, len(rows), size))


def spread(features: np.ndarray, classes: np.ndarray) -> float:
    """Root mean square distance of the features of two images of a class, mean over classes.

    nan where no class has two.
    """
    groups = [features[classes == c] for c in np.unique(classes)]
    spreads = [np.sqrt(2 * g.var(0, ddof=1).sum()) for g in groups if len(g) > 1]
    return float(np.mean(spreads)) if spreads else float("nan")


def share(right: np.ndarray) -> dict[str, float]:
    """How many of a not empty array (N,) bool are True: count, value, low and high.

    The interval from low to high is the one of Clopper and Pearson that holds 95 %.
    """
    low, high = binomtest(int(right.sum()), len(right)).proportion_ci(0.95, method="exact")
    return {"count": len(right), "value": float(right.mean()), "low": low, "high": high}


@dataclass(frozen=True)
class Accuracy:
    """The share of images in which the classifier sees the requested class; see `share`."""

    whole: dict[str, float]
    per_class: dict[int, dict[str, float]]  # of the classes that were requested


def class_accuracy(images: np.ndarray, requested: np.ndarray) -> Accuracy:
    """Accuracy as a whole and for each class, of images (N, 28, 28) and classes (N,)."""
    right = recognised(images) == requested
    return Accuracy(
        share(right), {int(c): share(right[requested == c]) for c in np.unique(requested)}
    )


@dataclass(frozen=True)
class Neighbours:
    """The nearest training digit of each image, (N, 28, 28), and its distance, (N,)."""

    distances: np.ndarray  # root mean square over pixels, at the best shift by up to one pixel
    digits: np.ndarray

    @property
    def near(self) -> float:
        """The share of images nearer to a training digit than COPY."""
        return float(np.mean(self.distances < COPY))


def neighbours(
    images: np.ndarray, training: np.ndarray, advance: Callable[[int], object] = lambda count: None
) -> Neighbours:
    """Compare every image with every training digit; `advance` is called with how many are done."""
    parts = []
    for chunk in _split(images, CHUNK):
        parts.append(nearest(chunk, training))
        advance(len(chunk))
    distances, indices = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Neighbours(distances, training[indices])

"""What a set of images is worth: classes, likeness to the test digits, variety, and copies.

All of it is computed from the classifier of `checkkit.classifier`. Every figure depends on how many
images there are, so each belongs beside that of as many real digits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
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
CHUNK = 200  # images at once against all training digits: a tenth of a gigabyte


@dataclass(frozen=True)
class Likeness:
    """A set of N images beside the test digits."""

    frechet: float
    density: float
    coverage: float
    spread: float
    deviation: float


class Ruler:
    """The test digits, against whose features sets of images are measured."""

    def __init__(self, test: np.ndarray):
        self.features = features(test)
        self._radii = np.concatenate(
            [  # the nearest one is the digit itself
                np.partition(squares, NEIGHBOURS, axis=1)[:, NEIGHBOURS]
                for squares in _squares(self.features, self.features)
            ]
        )

    def measure(self, images: np.ndarray, classes: np.ndarray) -> Likeness:
        """Measure images (N, 28, 28) float32 in [0, 1] of the classes (N,)."""
        held = features(images)
        density, coverage = self._density_and_coverage(held)
        return Likeness(
            frechet=frechet_distance(held, self.features),
            density=density,
            coverage=coverage,
            spread=spread(held, classes),
            deviation=class_deviation(images, classes),
        )

    def _density_and_coverage(self, held: np.ndarray) -> tuple[float, float]:
        """Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020.

        Around each test digit lies a ball that reaches to its fifth neighbour among them. Coverage,
        a measure of variety: the share of balls with an image in them. Density, one of fidelity: in
        how many balls an image lies, as a multiple of k. Both near 1 for as many real digits
        (coverage 1 - 2^-k).
        """
        inside = np.concatenate(
            [
                (squares <= radii[:, None]).sum(1)
                for squares, radii in zip(
                    _squares(self.features, held), _split(self._radii), strict=True
                )
            ]
        )
        return float(inside.sum() / (NEIGHBOURS * len(held))), float(np.mean(inside > 0))


def _split(rows: np.ndarray, size: int = 1000) -> list[np.ndarray]:
    return [rows[first : first + size] for first in range(0, len(rows), size)]


def _squares(a: np.ndarray, b: np.ndarray) -> Iterator[np.ndarray]:
    """Squared distances of all pairs, a thousand rows of `a` at a time."""
    norms = np.einsum("ij,ij->i", b, b)
    for rows in _split(a):
        yield np.einsum("ij,ij->i", rows, rows)[:, None] + norms - 2 * rows @ b.T


def spread(held: np.ndarray, classes: np.ndarray) -> float:
    """Root mean square distance of the features of two images of a class, mean over classes.

    nan where no class has two.
    """
    groups = [held[classes == c] for c in np.unique(classes)]
    found = [np.sqrt(2 * g.var(0, ddof=1).sum()) for g in groups if len(g) > 1]
    return float(np.mean(found)) if found else float("nan")


@dataclass(frozen=True)
class Share:
    """How many of `count` are right, with the 95 % interval of Clopper and Pearson."""

    count: int
    value: float
    low: float
    high: float


def share(right: np.ndarray) -> Share:
    """The share of True in a not empty array (N,) bool."""
    interval = binomtest(int(right.sum()), len(right)).proportion_ci(0.95, method="exact")
    return Share(len(right), float(right.mean()), float(interval.low), float(interval.high))


@dataclass(frozen=True)
class Accuracy:
    """The share of images in which the classifier sees the requested class."""

    whole: Share
    per_class: dict[int, Share]  # of the classes that were requested


def class_accuracy(images: np.ndarray, requested: np.ndarray) -> Accuracy:
    """Accuracy as a whole and for each class, of images (N, 28, 28) and classes (N,)."""
    right = recognised(images) == requested
    return Accuracy(
        share(right), {int(c): share(right[requested == c]) for c in np.unique(requested)}
    )


@dataclass(frozen=True)
class Neighbours:
    """The nearest training digit of each image: its distance and its place, both (N,)."""

    distances: np.ndarray  # root mean square over pixels, at the best shift by up to one pixel
    places: np.ndarray

    @property
    def near(self) -> float:
        """The share of images nearer to a training digit than COPY."""
        return float(np.mean(self.distances < COPY))


def neighbours(
    images: np.ndarray, training: np.ndarray, told: Callable[[int], None] = lambda count: None
) -> Neighbours:
    """Compare every image with every training digit; `told` hears how many are done."""
    found = []
    for first in range(0, len(images), CHUNK):
        found.append(nearest(images[first : first + CHUNK], training))
        told(len(found[-1][0]))
    distances, places = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Neighbours(distances, places)

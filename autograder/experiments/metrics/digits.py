"""The real digits that samples are compared with: MNIST, or its subset where it cannot be had."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.experiments.trained_runs.reference import load_mnist


@dataclass(frozen=True)
class Half:
    """Training or test digits: images (n, 28, 28) float32 in [0, 1], labels (n,) int64."""

    images: np.ndarray
    labels: np.ndarray

    def of_classes(self, classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Indices of digits of these classes, one for each and in their order, (N,) int64.

        All are different, except in a class that occurs more often than it has digits.
        """
        indices = np.empty(len(classes), np.int64)
        for c in np.unique(classes):
            wanted, available = classes == c, np.flatnonzero(self.labels == c)
            repeat = wanted.sum() > len(available)
            indices[wanted] = rng.choice(available, wanted.sum(), replace=repeat)
        return indices


@dataclass(frozen=True)
class Digits:
    """Both halves, and whether they are all of MNIST."""

    training: Half
    test: Half
    whole: bool


def load_digits(folder: Path, subset: bool = False) -> Digits:
    """All of MNIST from `folder`, into which it is downloaded; the subset where that fails.

    Raises:
        UserError: the files there are damaged.
    """
    halves = [load_mnist(train, folder, subset) for train in (True, False)]
    whole = all(whole for _, whole in halves)
    if not (whole or subset):  # perhaps one half alone is missing
        return load_digits(folder, subset=True)
    tensors = (half.tensors for half, _ in halves)
    training, test = (Half(images[:, 0].numpy(), labels.numpy()) for images, labels in tensors)
    return Digits(training, test, whole)


def class_plan(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Classes for `count` samples in the proportions of `labels`, shuffled, (count,) int64.

    The largest remainders are rounded up, so that as many as labels have exactly their counts.
    """
    exact = np.bincount(labels, minlength=10) * count / len(labels)
    counts = np.floor(exact).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: count - counts.sum()]] += 1
    return rng.permutation(np.repeat(np.arange(10), counts))

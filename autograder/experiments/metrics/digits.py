"""The real digits that samples are held against: MNIST, or its subset where it cannot be had."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.experiments.trained_runs.reference import reference

from .problem import Unusable


@dataclass(frozen=True)
class Half:
    """Training or test digits: images (n, 28, 28) float32 in [0, 1], labels (n,) int64."""

    images: np.ndarray
    labels: np.ndarray

    def of_classes(self, classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Places of digits of these classes, one for each and in their order, (N,) int64.

        All are different, but in a class that is asked for more often than it has digits.
        """
        places = np.empty(len(classes), np.int64)
        for c in np.unique(classes):
            asked, there = classes == c, np.flatnonzero(self.labels == c)
            again = asked.sum() > len(there)
            places[asked] = rng.choice(there, asked.sum(), replace=again)
        return places


@dataclass(frozen=True)
class Digits:
    """Both halves, and where they come from."""

    training: Half
    test: Half
    source: str  # MNIST, or subset

    @property
    def whole(self) -> bool:
        return self.source == "MNIST"


def load_digits(folder: Path, subset: bool = False) -> Digits:
    """All of MNIST from `folder`, into which it is downloaded; the subset where that fails.

    Raises:
        Unusable: the files there are damaged.
    """
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            both = _both(folder, subset)
            fell_back = any("cannot be downloaded" in str(one.message) for one in told)
            if fell_back:  # perhaps for one half alone
                both = _both(folder, subset=True)
    except (OSError, RuntimeError, ValueError, AssertionError) as error:
        raise Unusable(
            f"--data {folder}: MNIST cannot be read there ({error}); remove its folder MNIST, so "
            "that it is downloaded again, or add --subset"
        ) from error
    train, test = (Half(x[:, 0].numpy(), c.numpy()) for x, c in (half.tensors for half in both))
    return Digits(train, test, "subset" if subset or fell_back else "MNIST")


def _both(folder: Path, subset: bool) -> list:
    mnist = reference("data").mnist
    return [mnist(train=train, root=folder, subset=subset) for train in (True, False)]


def class_plan(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Classes for `count` samples in the proportions of `labels`, shuffled, (count,) int64.

    The largest remainders are rounded up, so that as many as labels have exactly their counts.
    """
    exact = np.bincount(labels, minlength=10) * count / len(labels)
    counts = np.floor(exact).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: count - counts.sum()]] += 1
    return rng.permutation(np.repeat(np.arange(10), counts))

"""From a run to its metrics: choose the guidance on some samples, measure it on others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console

from checkkit.classifier import accuracy, recognised

from .digits import Digits, class_plan
from .measures import Accuracy, DigitFeatures, Likeness, Neighbours, class_accuracy, neighbours
from .progress import stage
from .sampling import Sampler

HANDOUT = 5.0  # the guidance at which accuracy counts


@dataclass(frozen=True)
class Tried:
    """One guidance of the search."""

    guidance: float
    frechet: float
    accuracy: float


@dataclass(frozen=True)
class Search:
    """How the best guidance was found, on samples of its own."""

    count: int
    floor: float  # Fréchet distance of as many training digits
    tried: tuple[Tried, ...]

    @property
    def best(self) -> float:
        """The guidance of the smallest Fréchet distance."""
        return min(self.tried, key=lambda one: one.frechet).guidance


@dataclass(frozen=True)
class Scored:
    """The samples at one guidance, None for a net without classes, and their metrics."""

    guidance: float | None
    images: np.ndarray  # (N, 28, 28) float32
    classes: np.ndarray  # requested, else as recognised
    accuracy: Accuracy | None
    likeness: Likeness
    neighbours: Neighbours  # of the first samples alone


@dataclass(frozen=True)
class Evaluation:
    """The metrics of a run that draws digits, and of real digits in the place of its samples."""

    search: Search | None
    scored: tuple[Scored, ...]
    real: Likeness  # as many training digits as samples
    floor: float  # Fréchet distance of as many training digits as there are test digits
    real_accuracy: Accuracy  # of the classifier, on the test digits
    test_indices: np.ndarray  # the test digits that `test_neighbours` belong to
    test_neighbours: Neighbours


class Evaluator:
    """Draws and measures; everything random follows from one seed."""

    def __init__(self, digits: Digits, sampler: Sampler, seed: int, console: Console):
        self.digits, self.sampler, self.seed, self.console = digits, sampler, seed, console
        self.real = DigitFeatures(digits.test.images)

    def search(self, candidates: Sequence[float], count: int) -> Search:
        """Try every guidance on `count` samples that are scored nowhere else."""
        classes, training = self._plan("search", count)
        tried = []
        with stage(self.console, "to choose the guidance", count * len(candidates)) as progress:
            for guidance in candidates:
                images = self.sampler.draw(classes, "search", guidance, progress)
                distance = self.real.frechet(images)
                tried.append(Tried(guidance, distance, accuracy(images, classes)))
        return Search(count, self.real.frechet(training), tuple(tried))

    def evaluate(
        self, candidates: Sequence[float] | None, count: int, few: int, compared: int
    ) -> Evaluation:
        """Score `count` samples at the handout's and at the best guidance.

        Args:
            candidates: for the best guidance; None for a net without classes.
            few: samples for each candidate.
            compared: so many samples are compared with all training digits.

        Raises:
            UserError: what the net draws is not finite, or the samples cannot be written.
        """
        search, guidances = None, (None,)
        if candidates is not None:
            search = self.search(candidates, few)
            guidances = tuple(dict.fromkeys((HANDOUT, search.best)))
        test, training = self.digits.test, self.digits.training.images
        classes, training_digits = self._plan("score", count)
        with stage(self.console, "to be scored", count * len(guidances)) as progress:
            drawn = [self.sampler.draw(classes, "score", w, progress) for w in guidances]
        compared = min(compared, count, len(test.labels))
        test_indices = test.of_classes(classes[:compared], self._rng("test"))
        sets = [*(images[:compared] for images in drawn), test.images[test_indices]]
        with stage(self.console, "against all training digits", compared * len(sets)) as progress:
            *near, test_neighbours = [neighbours(x, training, progress.advance) for x in sets]
        scored = []
        for guidance, images, nearest in zip(guidances, drawn, near, strict=True):
            shown = classes if search else recognised(images)
            right = class_accuracy(images, classes) if search else None
            likeness = self.real.measure(images, shown)
            scored.append(Scored(guidance, images, shown, right, likeness, nearest))
        return Evaluation(
            search=search,
            scored=tuple(scored),
            real=self.real.measure(
                training_digits, classes if search else recognised(training_digits)
            ),
            floor=self.real.frechet(self._plan("floor", len(test.labels))[1]),
            real_accuracy=class_accuracy(test.images, test.labels),
            test_indices=test_indices,
            test_neighbours=test_neighbours,
        )

    def _plan(self, purpose: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Classes in the test digits' proportions, and a training digit of each of them."""
        rng = self._rng(purpose)
        classes = class_plan(self.digits.test.labels, count, rng)
        training = self.digits.training
        return classes, training.images[training.of_classes(classes, rng)]

    def _rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *purpose.encode()])

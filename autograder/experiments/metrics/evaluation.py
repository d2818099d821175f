"""From a run to its scores: choose the guidance on some samples, score it on others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from checkkit.classifier import features, frechet_distance, recognised

from .digits import Digits, class_plan
from .measures import Accuracy, Likeness, Neighbours, Ruler, class_accuracy, neighbours
from .progress import Bar
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
    """The samples at one guidance, None for a net without classes, and what they are worth."""

    guidance: float | None
    images: np.ndarray  # (N, 28, 28) float32
    classes: np.ndarray  # requested, else as recognised
    accuracy: Accuracy | None
    likeness: Likeness
    neighbours: Neighbours  # of the first samples alone


@dataclass(frozen=True)
class Evaluation:
    """The scores of a run that draws digits, and of real digits in the place of its samples."""

    search: Search | None
    scored: tuple[Scored, ...]
    real: Likeness  # as many training digits as samples
    floor: float  # Fréchet distance of as many training digits as there are test digits
    real_accuracy: Accuracy  # of the classifier, on the test digits
    test_places: np.ndarray  # the test digits that `test_neighbours` belong to
    test_neighbours: Neighbours


class Evaluator:
    """Draws and measures; everything random follows from one seed."""

    def __init__(self, digits: Digits, sampler: Sampler, seed: int, bar: Bar):
        self.digits, self.sampler, self.bar, self.seed = digits, sampler, bar, seed
        self.ruler = Ruler(digits.test.images)

    def search(self, candidates: Sequence[float], count: int) -> Search:
        """Try every guidance on `count` samples that are scored nowhere else."""
        classes, real = self._plan("search", count)
        tried = []
        with self.bar.stage("to choose the guidance", count * len(candidates)):
            for guidance in candidates:
                images = self.sampler.draw(classes, "search", guidance)
                held = features(images)
                distance = frechet_distance(held, self.ruler.features)
                right = class_accuracy(images, classes).whole.value
                tried.append(Tried(guidance, distance, right))
        floor = frechet_distance(features(real), self.ruler.features)
        return Search(count, floor, tuple(tried))

    def evaluate(
        self, candidates: Sequence[float] | None, count: int, few: int, compared: int
    ) -> Evaluation:
        """Score `count` samples at the handout's and at the best guidance.

        Args:
            candidates: for the best guidance; None for a net without classes.
            few: samples for each candidate.
            compared: so many samples are compared with all training digits.

        Raises:
            Unusable: what the net draws is not finite.
            OSError: the folder of the samples cannot be written.
        """
        search, guidances = None, (None,)
        if candidates is not None:
            search = self.search(candidates, few)
            guidances = tuple(dict.fromkeys((HANDOUT, search.best)))
        classes, real = self._plan("score", count)
        drawn = []
        with self.bar.stage("to be scored", count * len(guidances)):
            for guidance in guidances:
                drawn.append(self.sampler.draw(classes, "score", guidance))
        conditional = candidates is not None
        compared = min(compared, count, len(self.digits.test.labels))
        rng = self._rng("test")
        test_places = self.digits.test.of_classes(classes[:compared], rng)
        training = self.digits.training.images
        with self.bar.stage("against all training digits", compared * (len(drawn) + 1)):
            told = self.bar.advance
            near = [neighbours(images[:compared], training, told) for images in drawn]
            yardstick = neighbours(self.digits.test.images[test_places], training, told)
        scored = []
        for guidance, images, nearest in zip(guidances, drawn, near, strict=True):
            seen = classes if conditional else recognised(images)
            accuracy = class_accuracy(images, classes) if conditional else None
            likeness = self.ruler.measure(images, seen)
            scored.append(Scored(guidance, images, seen, accuracy, likeness, nearest))
        test = self.digits.test
        return Evaluation(
            search=search,
            scored=tuple(scored),
            real=self.ruler.measure(real, classes if conditional else recognised(real)),
            floor=self.floor(),
            real_accuracy=class_accuracy(test.images, test.labels),
            test_places=test_places,
            test_neighbours=yardstick,
        )

    def floor(self) -> float:
        """Fréchet distance of training digits to the test digits, as many and of their classes."""
        _, real = self._plan("floor", len(self.digits.test.labels))
        return frechet_distance(features(real), self.ruler.features)

    def _plan(self, purpose: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Classes in the test digits' proportions, and a training digit of each of them."""
        rng = self._rng(purpose)
        classes = class_plan(self.digits.test.labels, count, rng)
        training = self.digits.training
        return classes, training.images[training.of_classes(classes, rng)]

    def _rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *purpose.encode()])

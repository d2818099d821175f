"""From a run to its metrics: choose the guidance on some samples, measure it on others."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.text import Text

from autograder.progress import Progress
from checkkit.classifier import accuracy, recognised

from .digits import Digits, class_plan
from .measures import Accuracy, DigitFeatures, Neighbours, class_accuracy, neighbours
from .sampling import Sampler

FIRST = 3.0  # seconds until the time left is estimated
HANDOUT = 5.0  # the guidance at which accuracy counts


@dataclass(frozen=True)
class Search:
    """How the best guidance was chosen, on samples of its own."""

    count: int
    floor: float  # Fréchet distance of as many training digits
    candidates: dict[float, dict[str, float]]  # guidance -> frechet, accuracy

    @property
    def best(self) -> float:
        """The guidance of the smallest Fréchet distance."""
        return min(self.candidates, key=lambda guidance: self.candidates[guidance]["frechet"])


@dataclass(frozen=True)
class ImageSet:
    """The samples at one guidance, None for a net without classes, and their metrics."""

    guidance: float | None
    images: np.ndarray  # (N, 28, 28) float32
    classes: np.ndarray  # requested, else as recognised
    accuracy: Accuracy | None
    likeness: dict[str, float]  # as `DigitFeatures.measure` returns it
    neighbours: Neighbours  # of the first images alone


@dataclass(frozen=True)
class Evaluation:
    """The metrics of a run that draws digits, and of real digits in the place of its samples."""

    digits: Digits
    search: Search | None
    samples: list[ImageSet]
    real: ImageSet  # likeness of as many training digits as samples, all else of test digits
    floor: float  # Fréchet distance of as many training digits as there are test digits

    @property
    def conditional(self) -> bool:
        """Whether the net was asked for classes."""
        return self.samples[0].accuracy is not None


class Evaluator:
    """Draws and measures; everything random follows from one seed."""

    def __init__(self, digits: Digits, sampler: Sampler, seed: int, console: Console):
        self.digits, self.sampler, self.seed, self.console = digits, sampler, seed, console
        self.features = DigitFeatures(digits.test.images)

    def search(self, guidances: Sequence[float], count: int) -> Search:
        """Try every guidance on `count` samples that are scored nowhere else."""
        classes, training = self._plan("search", count)
        candidates = {}
        with stage(self.console, "to choose the guidance", count * len(guidances)) as progress:
            for guidance in guidances:
                images = self.sampler.draw(classes, "search", guidance, progress)
                candidates[guidance] = {
                    "frechet": self.features.frechet(images),
                    "accuracy": accuracy(images, classes),
                }
        return Search(count, self.features.frechet(training), candidates)

    def evaluate(
        self, candidates: Sequence[float] | None, count: int, few: int, compared: int
    ) -> Evaluation:
        """Score `count` samples at the handout's and at the best guidance.

        Args:
            candidates: for the best guidance; None for a net without classes.
            few: samples for each candidate; none leaves the guidance as in the handout.
            compared: so many samples are compared with all training digits.

        Raises:
            UserError: what the net draws is not finite, or the samples cannot be written.
        """
        search, guidances = None, (None,) if candidates is None else (HANDOUT,)
        if candidates is not None and few:
            search = self.search(candidates, few)
            guidances = tuple(dict.fromkeys((HANDOUT, search.best)))
        test, training = self.digits.test, self.digits.training.images
        classes, training_digits = self._plan("score", count)
        with stage(self.console, "to be scored", count * len(guidances)) as progress:
            drawn = [self.sampler.draw(classes, "score", w, progress) for w in guidances]
        compared = min(compared, count, len(test.labels))
        indices = test.of_classes(classes[:compared], self._rng("test"))
        test_images, test_classes = test.images[indices], test.labels[indices]
        sets = [*(images[:compared] for images in drawn), test_images]
        with stage(self.console, "against all training digits", compared * len(sets)) as progress:
            *near, test_near = [neighbours(x, training, progress.advance) for x in sets]
        samples = []
        for guidance, images, nearest in zip(guidances, drawn, near, strict=True):
            shown = recognised(images) if candidates is None else classes
            right = None if candidates is None else class_accuracy(images, classes)
            likeness = self.features.measure(images, shown)
            samples.append(ImageSet(guidance, images, shown, right, likeness, nearest))
        shown = recognised(training_digits) if candidates is None else classes
        likeness = self.features.measure(training_digits, shown)
        right = class_accuracy(test.images, test.labels)
        real = ImageSet(None, test_images, test_classes, right, likeness, test_near)
        floor = self.features.frechet(self._plan("floor", len(test.labels))[1])
        return Evaluation(self.digits, search, samples, real, floor)

    def _plan(self, purpose: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Classes in the test digits' proportions, and a training digit of each of them."""
        rng = self._rng(purpose)
        classes = class_plan(self.digits.test.labels, count, rng)
        training = self.digits.training
        return classes, training.images[training.of_classes(classes, rng)]

    def _rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *purpose.encode()])


@contextmanager
def stage(console: Console, name: str, images: int) -> Iterator[Progress]:
    """Count images that are done; those that need not be drawn are taken off the total."""
    start = time.monotonic()
    settings: dict = {"unit": "images", "rate": True, "own_lines": True, "first": FIRST}
    with Progress(console, name, images, **settings) as progress:
        progress.line(f"{name}: {images:,} images ...")
        yield progress
    done, seconds = progress.done, time.monotonic() - start
    speed = f" in {seconds:.0f} s, {done / max(seconds, 1e-9):.3g} images/s" if done else ""
    reused = images - int(progress.total or 0)
    kept = f", {reused:,} kept from before" if reused else ""
    console.print(Text(f"{name}: {done:,.0f} images{speed}{kept}"))

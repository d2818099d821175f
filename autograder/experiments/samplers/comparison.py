"""From runs to scores: every row on the same classes and the same noise, beside real digits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.experiments.metrics.digits import Digits, class_plan
from autograder.experiments.metrics.measures import class_accuracy, share
from autograder.progress import Progress
from checkkit.classifier import features, frechet_distance, recognised

from .kept import Keeper
from .rows import Row

REAL_SETS = 10  # sets of real digits, which show how much the distance varies by chance


@dataclass(frozen=True)
class Scored:
    """A row and what was measured on its samples.

    Attributes:
        frechet: distance to all test digits.
        accuracy: count, value, low and high, as `metrics.measures.share` returns them.
        seconds: for all samples.
        shown: the first samples, one of each class, (10, 28, 28) float32.
    """

    row: Row
    frechet: float
    accuracy: dict[str, float]
    seconds: float
    shown: np.ndarray


@dataclass(frozen=True)
class Real:
    """Sets of as many training digits as there are samples of a row, in their place.

    Attributes:
        frechet: distance of each set to all test digits.
        accuracy: of the test digits.
    """

    frechet: tuple[float, ...]
    accuracy: dict[str, float]


class Comparison:
    """Scores rows, all from one seed.

    Args:
        digits: the real ones.
        count: N, samples of each row.
        seed: of the classes and of the real sets; the noise has the seed of the keeper.
    """

    def __init__(self, digits: Digits, count: int, seed: int):
        self.digits, self.seed = digits, seed
        self.classes = class_plan(digits.test.labels, count, self._rng("score"))
        self._test = features(digits.test.images)

    def real(self) -> Real:
        """The level of real digits."""
        training, rng = self.digits.training, self._rng("real")
        distances = tuple(
            self._frechet(training.images[training.of_classes(self.classes, rng)])
            for _ in range(REAL_SETS)
        )
        right = recognised(self.digits.test.images) == self.digits.test.labels
        return Real(distances, share(right))

    def scores(self, rows: Sequence[Row], keeper: Keeper, progress: Progress) -> Iterator[Scored]:
        """The score of each row as soon as its samples are there.

        Args:
            progress: its unit is a net evaluation of an image; those of kept samples are left out.

        Raises:
            UserError: samples are not finite or cannot be written.
        """
        work = {row: keeper.left(row, self.classes) * row.evaluations for row in rows}
        progress.update(total=sum(work.values()))
        for row in rows:
            progress.update(doing=f"{row.line}, {row.steps} steps")
            yield self._score(row, keeper, progress.advance)

    def _score(self, row: Row, keeper: Keeper, advance: Callable[[float], object]) -> Scored:
        drawn = keeper.draw(row, self.classes, advance)
        assert drawn.calls in (None, row.evaluations), f"{row}: {drawn.calls} calls of its net"
        firsts = [np.flatnonzero(self.classes == c)[0] for c in range(10)]
        accuracy = class_accuracy(drawn.images, self.classes).whole
        distance = self._frechet(drawn.images)
        return Scored(row, distance, accuracy, drawn.seconds, drawn.images[firsts])

    def _frechet(self, images: np.ndarray) -> float:
        return frechet_distance(features(images), self._test)

    def _rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *purpose.encode()])

"""p-values seen where checks compute them, in the very functions that their verdicts rest on.

The functions of `checkkit.verdicts.statistics`, and two that bundle some of them, are wrapped
wherever a module has imported them, for as long as the checks run. No check knows.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from scipy import stats

from checkkit.verdicts import noise, statistics

# Part of what noise_p says of a p-value -> the name of the statistic.
NOISE = {
    "mean of all": "mean of all values",
    "means of whole": "means of images",
    "means of rows": "means of rows",
    "means of columns": "means of columns",
    "have correlation": "largest correlation",
    "normally distributed": "distribution",
    "left and right": "left and right",
    "upper and lower": "upper and lower",
    "diagonal": "diagonal",
}
NAMES = {
    "mean_square_p": "mean square",
    "even_counts_p": "counts of t",
    "independence_p": "dropping against labels",
}


@dataclass(frozen=True)
class Seen:
    """One or several p-values of one kind.

    Attributes:
        statistic: the name, one of CLAIMS.
        p: the least of them as the check computed it.
        spread: the same where p jumps from one whole count to the next, but spread evenly over each
            jump, so that a fair p is uniform.
        count: how many there are.
        alarms: how many times the alarm level they may spend together.
    """

    statistic: str
    p: float
    spread: float
    count: int = 1
    alarms: int = 1


@dataclass
class Observer:
    """What was seen since it was last emptied."""

    rng: np.random.Generator
    seen: list[Seen] = field(default_factory=list)
    depth: int = 0

    def wrapped(self, function: Callable) -> Callable:
        """The same function, which tells what it returns unless one that is watched calls it."""

        @wraps(function)
        def told(*args: Any, **kwargs: Any) -> Any:
            self.depth += 1
            try:
                answer = function(*args, **kwargs)
            finally:
                self.depth -= 1
            if not self.depth:
                self.seen += self._read(function.__name__, answer, args)
            return answer

        return told

    def _read(self, name: str, answer: Any, args: tuple) -> Iterator[Seen]:
        if name == "noise_p":
            yield from (_one(_statistic(words), p) for words, p in answer.items())
        elif name == "deviation_p":
            yield from _steps(answer)
        elif name == "binomial_p":
            yield from self._dropped(answer, *args)
        elif name == "neighbours_p":
            (drawn,) = args
            total, yes = drawn.size, int(drawn.sum())
            pairs = int(np.sum(drawn[1:] & drawn[:-1]))
            spread = self._spread(stats.hypergeom(total, yes - 1, yes), pairs)
            yield Seen("neighbours dropped", answer, spread)
        else:
            yield _one(NAMES.get(name, name), answer)

    def _dropped(self, p: float, hits: int, trials: int, chance: float) -> Iterator[Seen]:
        if chance not in (0, 1):  # else one exception is let pass, and p is 0 or 1
            yield Seen("share dropped", p, self._spread(stats.binom(trials, chance), hits))

    def _spread(self, null: Any, count: int) -> float:
        """Two-sided p of a count, uniform over the jump that its own chance makes."""
        below = null.cdf(count - 1) + self.rng.random() * null.pmf(count)
        return 2 * min(below, 1 - below)


def _one(statistic: str, p: float) -> Seen:
    return Seen(statistic, p, p)


def _statistic(words: str) -> str:
    return next((name for part, name in NOISE.items() if part in words), words)


def _steps(odds: Mapping[str, list[float]]) -> Iterator[Seen]:
    """The steps' deviations under the choice that explains them best; all share one alarm."""
    *steps, together = max(odds.values(), key=min)
    yield Seen("deviation of one step", *least(steps), len(steps), 1)
    yield Seen("deviation of all steps", together, together, 1, 0)


def least(p: list[float]) -> tuple[float, float]:
    """The least of independent p-values, and how likely so small a least one is (Sidak)."""
    smallest = min(p)
    return smallest, float(-np.expm1(len(p) * np.log1p(-min(smallest, 1 - 1e-16))))


@contextmanager
def observed(rng: np.random.Generator) -> Iterator[Observer]:
    """Watch every function that yields a p-value, wherever a module of the checks has it."""
    observer = Observer(rng)
    watched = {
        function: observer.wrapped(function)
        for module in (statistics, noise)
        for name, function in vars(module).items()
        if isinstance(function, FunctionType) and name.endswith(("_p", "largest_correlation"))
    }
    before = [
        (module, name, value)
        for module in _modules_of_checks()
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value in watched
    ]
    for module, name, function in before:
        setattr(module, name, watched[function])
    try:
        yield observer
    finally:
        for module, name, function in before:
            setattr(module, name, function)


def _modules_of_checks() -> list[ModuleType]:
    """The students' package, the hidden checks, and checks that a test wrote for the purpose."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.split(".")[0] == "checkkit" or name.rpartition(".")[2].startswith("test_")
    ]

"""Clocks: arms that take turns, medians of what each took, and ratios within a round.

Machines drift: another program starts, a clock rate falls. Arms that take turns drift together,
so that the ratio of two times from one round says more than either time.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Arm:
    """Something to be timed: `run` works once and returns the seconds that an image took."""

    name: str
    run: Callable[[], float]


def now(device: torch.device) -> float:
    """The time in seconds, once the device has done all it was told to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


class Timed:
    """A loader that stops the time of an epoch, from the second batch on: the first one warms up.

    Measured from the request for the second batch to the end of the last batch's step, so that
    fetching counts.
    """

    def __init__(self, loader: Iterable, device: torch.device):
        self.loader, self.device = loader, device
        self.seconds = 0.0

    def __iter__(self) -> Iterator:
        batches = iter(self.loader)
        yield next(batches)
        began = now(self.device)
        yield from batches
        self.seconds = now(self.device) - began


def taking_turns(
    arms: Sequence[Arm], rounds: int, after_run: Callable[[], None] = lambda: None
) -> dict[str, list[float]]:
    """Seconds an image of each arm in each round: A B C, A B C, ...

    Args:
        arms: warmed up.
        rounds: how often each arm runs.
        after_run: called after each run of each arm.
    """
    seconds: dict[str, list[float]] = {arm.name: [] for arm in arms}
    for _ in range(rounds):
        for arm in arms:
            seconds[arm.name].append(arm.run())
            after_run()
    return seconds


@dataclass(frozen=True)
class Ratio:
    """How many times as fast: the median over the rounds, the lowest and the highest."""

    median: float
    least: float
    most: float


def speedup(seconds: Sequence[float], over: Sequence[float]) -> Ratio:
    """How many times as fast as `over` something ran, each round with its like."""
    ratios = [other / own for own, other in zip(seconds, over, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))


def images_per_second(seconds: Sequence[float]) -> float:
    """From the median time of an image."""
    return 1 / statistics.median(seconds)

"""The results of one run of the checks, with their pictures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .outcomes import Outcome, waits_for

LARGEST = 1e30  # in a picture; a float32, of which its record consists, holds it


@dataclass(frozen=True)
class Images:
    """A grid of grey images, (N, H, W) in [0, 1], one caption each or none.

    `samples` marks samples of a trained model, which are shown first.
    """

    title: str
    images: np.ndarray
    captions: tuple[str, ...] = ()
    samples: bool = False


@dataclass(frozen=True)
class Curve:
    """Named series over one axis, each an array of y values or an (n, 2) array of (x, y)."""

    title: str
    series: Mapping[str, np.ndarray]
    xlabel: str
    ylabel: str


@dataclass(frozen=True)
class Counts:
    """How often each whole number 0, 1, ... was drawn, and how often it should be drawn.

    `expected` and `spread`, one standard deviation, are as long as `counts`.
    """

    title: str
    counts: np.ndarray
    expected: np.ndarray
    spread: np.ndarray
    xlabel: str
    ylabel: str


@dataclass(frozen=True)
class Connections:
    """The connections of a UNet by name: right (True), wrong (False), or not known (None)."""

    title: str
    connections: Mapping[str, bool | None]


Exhibit = Images | Curve | Counts | Connections


@dataclass
class CheckResult:
    """The result of one check.

    `sentence` is the claim that the check tests (the first paragraph of its docstring), `hint` the
    rest of it; `message` tells the student what is wrong; `mistake` is the name of the known one
    that explains it; `inside` are the functions that its exception passed, the innermost first;
    `detail` is for staff only.
    """

    check: str
    task: str
    sentence: str
    outcome: Outcome
    hint: str = ""
    message: str = ""
    mistake: str = ""
    inside: tuple[str, ...] = ()
    detail: str = ""
    seconds: float = 0.0
    exhibits: list[Exhibit] = field(default_factory=list)


class Exhibits:
    """The fixture by which a check adds pictures to its result."""

    def __init__(self):
        self.shown: list[Exhibit] = []

    def images(
        self,
        title: str,
        images: np.ndarray,
        captions: Sequence[str] | None = None,
        samples: bool = False,
    ) -> None:
        """Show (N, H, W) images; values outside [0, 1] are clipped, non-finite ones drawn black."""
        clean = np.nan_to_num(np.asarray(images, dtype=np.float64), nan=0, posinf=0, neginf=0)
        self.shown.append(Images(title, clean.clip(0, 1), tuple(captions or ()), samples))

    def curve(self, title: str, series: Mapping[str, np.ndarray], xlabel: str, ylabel: str) -> None:
        """Show named series over one axis; there are gaps where numbers are not finite."""
        arrays = {name: _drawable(values) for name, values in series.items()}
        self.shown.append(Curve(title, arrays, xlabel, ylabel))

    def counts(
        self,
        title: str,
        counts: np.ndarray,
        expected: np.ndarray,
        spread: np.ndarray,
        xlabel: str,
        ylabel: str,
    ) -> None:
        """Show how often 0, 1, ... were drawn, and how often they should be drawn."""
        counts, expected, spread = map(_drawable, (counts, expected, spread))
        self.shown.append(Counts(title, counts, expected, spread, xlabel, ylabel))

    def connections(self, title: str, connections: Mapping[str, bool | None]) -> None:
        """Show a UNet with its connections, the wrong ones marked."""
        self.shown.append(Connections(title, dict(connections)))


def _drawable(values: np.ndarray) -> np.ndarray:
    """As float64, clipped: the ticks of an axis overflow near the largest numbers."""
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers.clip(-LARGEST, LARGEST), np.nan)


def explained(results: Iterable[CheckResult]) -> bool:
    """Whether a known mistake explains one of these: hints of the others may then mislead."""
    return any(result.mistake for result in results)


def cards(results: Iterable[CheckResult]) -> list[str]:
    """A sentence for each file that Python cannot read, with the number of tasks that wait."""
    tasks: dict[str, set[str]] = {}
    for result in results:
        if waits := waits_for(result.message):
            tasks.setdefault(waits, set()).add(result.task)
    return [
        f"{waits}. {len(of)} {'task waits' if len(of) == 1 else 'tasks wait'} for it."
        for waits, of in tasks.items()
    ]

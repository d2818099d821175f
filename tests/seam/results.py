"""What one run of the checks leaves behind: a result for each check, with its pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .outcomes import Outcome


@dataclass(frozen=True)
class Images:
    """A grid of grey images, (N, H, W) in [0, 1], one caption each or none."""

    title: str
    images: np.ndarray
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curve:
    """Named series over one axis, each an array of y values or an (n, 2) array of (x, y)."""

    title: str
    series: Mapping[str, np.ndarray]
    xlabel: str
    ylabel: str


@dataclass
class CheckResult:
    """One check: which, how it ended and what it has to say.

    `sentence` is the claim that the check tests (the first paragraph of its docstring), `hint` the
    rest; `message` says what went wrong, in the student's words; `mistake` is the name of the known
    one that it explains it by; `detail` is for staff alone.
    """

    check: str
    task: str
    sentence: str
    outcome: Outcome
    hint: str = ""
    message: str = ""
    mistake: str = ""
    detail: str = ""
    seconds: float = 0.0
    exhibits: list[Images | Curve] = field(default_factory=list)


class Exhibits:
    """The fixture by which a check adds pictures to its result."""

    def __init__(self):
        self.shown: list[Images | Curve] = []

    def images(self, title: str, images: np.ndarray, captions: Sequence[str] | None = None) -> None:
        """Show (N, H, W) images; values outside [0, 1] are clipped, non-finite ones drawn black."""
        clean = np.nan_to_num(np.asarray(images, dtype=np.float64), nan=0, posinf=0, neginf=0)
        self.shown.append(Images(title, clean.clip(0, 1), tuple(captions or ())))

    def curve(self, title: str, series: Mapping[str, np.ndarray], xlabel: str, ylabel: str) -> None:
        """Show named series over one axis."""
        arrays = {name: np.asarray(values, dtype=np.float64) for name, values in series.items()}
        self.shown.append(Curve(title, arrays, xlabel, ylabel))

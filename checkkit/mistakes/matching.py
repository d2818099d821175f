"""Find the one formula that explains a measured series.

A mistake is named only if its formula fits to 1e-3 and no other formula, nor the right one, is
near. No explanation is better than a wrong one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..runner import Mistake

MATCH = 1e-3
REJECTED = 4e-3  # a formula that is nearer than this remains possible
FEW = 6  # with fewer values, many formulas could fit

T = TypeVar("T")
Factors = tuple[np.ndarray, np.ndarray]  # of x and of eps in K steps, each (K,)


@dataclass(frozen=True)
class Formula:
    """The series that a mistake gives; the mistake is None for the right formula."""

    series: np.ndarray
    mistake: Mistake | None = None


def only_one(found: Collection[T]) -> T | None:
    """The only element; None if there is none or more than one."""
    return next(iter(found)) if len(found) == 1 else None


def sentence(story: str) -> str:
    """A story with a capital letter, unless it begins with a name or a formula."""
    first = story.split()[0]
    named = first in ("alpha", "beta", "eps", "x", "z") or any(c in first for c in "_(^'")
    return story if named else f"{story[0].upper()}{story[1:]}"


def recognise(
    measured: np.ndarray, formulas: Iterable[Formula], floor: float = 1.0, at_least: int = FEW
) -> Mistake | None:
    """The mistake whose formula, and no other one, gives the measured series.

    Args:
        measured: one value for each measurement.
        formulas: the right one and those of mistakes, each as long as the series.
        floor: differences are relative to the formula's value, or to this if that is larger.
        at_least: a shorter series has no explanation.
    """
    near = set()
    matched = False
    for formula in formulas:
        distance = gap(measured, formula.series, floor)
        if distance <= REJECTED:
            near.add(formula.mistake)
            matched |= distance <= MATCH
    return only_one(near) if matched and measured.shape[-1] >= at_least else None


def recognise_steps(
    on_x: np.ndarray, on_eps: np.ndarray, formulas: Iterable[tuple[Factors, Mistake | None]]
) -> Mistake | None:
    """The mistake whose factors of x and of eps, and no others, are those of a chain of steps.

    Both runs that are compared begin with the same x: its factor in the first step is rough, and
    does not count.

    Args:
        on_x, on_eps: (K,), measured from the first step on.
        formulas: the right factors, without a mistake, then those of each mistake.
    """
    formulas = list(formulas)
    (right_x, right_eps), _ = formulas[0]
    size = np.sqrt(np.mean(right_eps**2))

    def scaled(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.stack([np.r_[right_x[0], a[1:]], b / size])

    return recognise(
        scaled(on_x, on_eps), [Formula(scaled(*factors), mistake) for factors, mistake in formulas]
    )


def gap(measured: np.ndarray, series: np.ndarray, floor: float = 1.0) -> float:
    """The largest difference, relative to the series but to no less than `floor`; inf for NaN."""
    differences = np.abs(measured - series) / np.maximum(np.abs(series), floor)
    return float(np.nan_to_num(differences, nan=np.inf).max(initial=0))

"""Which formula explains a measured series, if one does and all its rivals are out of the question.

A mistake is named only where the series is that of its formula to 1e-3 and no other formula, the
right one among them, comes near. Silence is better than a wrong trail.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..runner import Mistake

MATCH = 1e-3
REJECTED = 4e-3  # what is nearer than this is not ruled out
FEW = 6  # a series of fewer values could be that of many formulas

T = TypeVar("T")


@dataclass(frozen=True)
class Formula:
    """What a series would be, and the mistake that makes it so; None for the right one."""

    series: np.ndarray
    mistake: Mistake | None = None


def only_one(found: Collection[T]) -> T | None:
    """The one explanation that fits; None where none does, and where there is a choice."""
    return next(iter(found)) if len(found) == 1 else None


def recognise(
    measured: np.ndarray, formulas: Iterable[Formula], floor: float = 1.0, at_least: int = FEW
) -> Mistake | None:
    """The mistake whose formula gives the measured series, and no other one does.

    Args:
        measured: the series, one value each time that the quantity was measured.
        formulas: the right one and those of mistakes, each as long as the series.
        floor: differences are relative to the formula's value, but to no less than this.
        at_least: a shorter series is left unexplained.
    """
    near = set()
    matched = False
    for formula in formulas:
        distance = gap(measured, formula.series, floor)
        if distance <= REJECTED:
            near.add(formula.mistake)
            matched |= distance <= MATCH
    return only_one(near) if matched and measured.shape[-1] >= at_least else None


def gap(measured: np.ndarray, series: np.ndarray, floor: float = 1.0) -> float:
    """The largest difference, relative to the series but to no less than `floor`; inf for NaN."""
    differences = np.abs(measured - series) / np.maximum(np.abs(series), floor)
    return float(np.nan_to_num(differences, nan=np.inf).max(initial=0))

"""The points of a task, as its checks give them: each check its share, by weight."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import fsum

import pytest

from .outcomes import Outcome
from .results import CheckResult

UNSUPPORTED = "The checks that passed give points only if one of the main checks passes too."


@dataclass(frozen=True)
class Worth:
    """What the checks of one task are worth together, and each of them.

    `weights` has every check of the task, also those that do not run; `supporting` are those that
    prove little and count beside others only.
    """

    points: float
    weights: Mapping[str, float]
    supporting: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, checks: Mapping[str, pytest.Item], points: float, weights: Mapping[str, float]
    ) -> "Worth":
        """Of the checks of a task by name; `weights` are by the name of the test, 1 if unnamed."""
        return cls(
            points,
            {name: weights.get(_test(item), 1.0) for name, item in checks.items()},
            frozenset(n for n, item in checks.items() if item.get_closest_marker("supporting")),
        )

    def share(self, checks: Collection[str]) -> float:
        """The points of these checks."""
        whole = fsum(self.weights.values())
        return round(self.points * fsum(self.weights[name] for name in checks) / whole, 6)

    def earned(self, results: Iterable[CheckResult]) -> float:
        """The points of the checks that passed."""
        passed = _passed(results)
        return 0.0 if passed <= self.supporting else self.share(passed)

    def remark(self, results: Iterable[CheckResult]) -> str:
        """Why checks that passed give no points; "" where they do, or none passed."""
        passed = _passed(results)
        return UNSUPPORTED if passed and passed <= self.supporting and self.points else ""


def _passed(results: Iterable[CheckResult]) -> set[str]:
    return {result.check for result in results if result.outcome is Outcome.PASSED}


def _test(item: pytest.Item) -> str:
    return getattr(item, "originalname", item.name)

"""From outcomes to points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from autograder.config import Task
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

from .checks import CheckInfo


def share_of(check: CheckInfo, task: Task, checks: Sequence[CheckInfo]) -> float:
    """Points that a check is worth: those of its task times its weight over the total weight."""
    weights = {other.name: task.weights.get(other.function, 1.0) for other in checks}
    return task.points * weights[check.name] / fsum(weights.values())


def total(points: Iterable[float]) -> float:
    """A sum of points without the dust of floating point."""
    return round(fsum(points), 6)


@dataclass(frozen=True)
class TaskScore:
    """What one submission has of one task, as it stands when somebody first asks.

    `checks` are those that the run does not leave out.
    """

    task: Task
    checks: tuple[CheckInfo, ...]
    shares: Mapping[str, float]
    all_results: Mapping[str, CheckResult]

    @cached_property
    def results(self) -> list[CheckResult]:
        """The results that exist so far, in the order of the checks."""
        return [self.all_results[c.name] for c in self.checks if c.name in self.all_results]

    @cached_property
    def outcomes(self) -> set[Outcome]:
        return {result.outcome for result in self.results}

    @cached_property
    def possible(self) -> float:
        """Points of the checks that the run does not leave out."""
        return total(self.shares[check.name] for check in self.checks)

    @property
    def judged(self) -> bool:
        """At least one of its checks has run."""
        return bool(self.outcomes - {Outcome.NOT_RUN})

    @property
    def broken(self) -> bool:
        """A check of it broke, or it has none: ours to mend."""
        return Outcome.GRADER_ERROR in self.outcomes or not self.checks

    @property
    def withheld(self) -> bool:
        """A person has to rule: the points count as not earned until then."""
        return self.broken or Outcome.REVIEW in self.outcomes

    @property
    def earned(self) -> float:
        """Points so far: those of the checks that passed, or none while they are withheld."""
        return 0.0 if self.withheld else total(map(self.points_of, self.results))

    def points_of(self, result: CheckResult) -> float:
        """The points of one check."""
        counts = self.supported or result.check not in self._supporting
        passed = result.outcome is Outcome.PASSED and counts and not self.withheld
        return self.shares[result.check] if passed else 0.0

    @cached_property
    def supported(self) -> bool:
        """A check has passed that proves something by itself; else the others prove nothing."""
        return any(
            result.outcome is Outcome.PASSED and result.check not in self._supporting
            for result in self.results
        )

    @property
    def unsupported(self) -> bool:
        """Checks have passed, and none of them counts."""
        return not self.supported and Outcome.PASSED in self.outcomes

    @cached_property
    def _supporting(self) -> set[str]:
        return {check.name for check in self.checks if check.supporting}

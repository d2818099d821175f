"""From outcomes to points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from autograder.config import Task
from checkkit.runner.outcomes import Outcome
from checkkit.runner.points import UNSUPPORTED
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

    `checks` are those that the run does not leave out, `bases` the scores of the tasks that it
    rests on, where the run judges them.
    """

    task: Task
    checks: tuple[CheckInfo, ...]
    shares: Mapping[str, float]
    all_results: Mapping[str, CheckResult]
    bases: tuple["TaskScore", ...] = ()

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
        counts = counts and not self.baseless
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
    def baseless(self) -> tuple["TaskScore", ...]:
        """Tasks that it rests on and of which nothing is right: then it gives no points.

        What has not been judged, or waits for a person, does not count against it.
        """
        judged = [one for one in self.bases if one.complete and not one.withheld]
        return tuple(one for one in judged if not one.supported)

    @property
    def complete(self) -> bool:
        """All its checks have been judged."""
        return len(self.results) == len(self.checks) and Outcome.NOT_RUN not in self.outcomes

    @property
    def remark(self) -> str:
        """Why checks that passed give no points; "" where they do, or none passed."""
        if Outcome.PASSED not in self.outcomes:
            return ""
        if self.baseless:
            titles = ", ".join(one.task.title for one in self.baseless)
            return f"This gives points only if a main check passes of each of these: {titles}."
        return UNSUPPORTED if self.unsupported else ""

    @cached_property
    def _supporting(self) -> set[str]:
        return {check.name for check in self.checks if check.supporting}

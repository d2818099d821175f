"""The result of the runs: checks that failed, and statistics that do not follow their null."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.stats import beta

from checkkit.text import one_line
from checkkit.verdicts.statistics import ALARM

from .claims import CLAIMS, Claim
from .running import CheckRun

# A Kolmogorov-Smirnov p at or below it says that a statistic does not follow its null. The seeds of
# all implementations are one sample (the null is the same for each, and seeds are independent), so
# each statistic of each check is tested once.
LEVEL = 1e-4
MOST_ALARMS = 10  # p-values in one run of a check, each compared with ALARM: a rate of 1e-6


@dataclass
class Statistic:
    """One statistic of one check, over every seed of every implementation."""

    check: str
    name: str
    p: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    count: int = 0

    @property
    def claim(self) -> Claim | None:
        return CLAIMS.get(self.name)

    @cached_property
    def ks_p(self) -> float:
        """How likely p-values like these are under the claim."""
        return self.claim.ks_p(np.array(self.spread)) if self.claim else float("nan")

    @property
    def follows(self) -> bool:
        return self.ks_p > LEVEL


@dataclass
class CheckRecord:
    """One check over every seed of every implementation."""

    name: str
    runs: int = 0
    alarms: int = 0
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    statistics: dict[str, Statistic] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """The sum of the false-fail rates of its p-values (Bonferroni)."""
        return self.alarms * ALARM

    @property
    def worst(self) -> Statistic | None:
        """The statistic that follows its null least."""
        return min(self.statistics.values(), key=lambda one: one.ks_p, default=None)

    @property
    def smallest(self) -> float:
        """The smallest p."""
        return min((min(one.p) for one in self.statistics.values()), default=1.0)


@dataclass
class Findings:
    """All checks, and the problems that kept runs from ending."""

    checks: dict[str, CheckRecord] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, implementation: str, seed: str, run: CheckRun) -> None:
        """One more run of a check."""
        record = self.checks.setdefault(run.check, CheckRecord(run.check))
        record.runs += 1
        if run.failed:
            record.failures.append((implementation, seed, f"{run.outcome}: {run.message}"))
        p_values = run.by_statistic()
        record.alarms = max(record.alarms, sum(one.alarms for one in p_values.values()))
        for name, one in p_values.items():
            statistic = record.statistics.setdefault(name, Statistic(run.check, name))
            statistic.p.append(one.p)
            statistic.spread.append(one.spread)
            statistic.count = max(statistic.count, one.count)

    @property
    def statistics(self) -> list[Statistic]:
        return [one for check in self.checks.values() for one in check.statistics.values()]

    @property
    def runs(self) -> int:
        return sum(check.runs for check in self.checks.values())

    @property
    def failures(self) -> int:
        return sum(len(check.failures) for check in self.checks.values())

    def faults(self) -> Iterator[str]:
        """Everything that is wrong, a line each."""
        yield from self.problems
        for check in self.checks.values():
            for implementation, seed, message in check.failures:
                words = one_line(message, 300)
                yield f"{check.name} fails {implementation} at --check-seed {seed}: {words}"
            if check.alarms > MOST_ALARMS:
                yield (
                    f"{check.name} compares {check.alarms} p-values with the alarm level: at most "
                    f"{MOST_ALARMS} keep its rate at {MOST_ALARMS * ALARM:.0e}; judge fewer"
                )
        for one in self.statistics:
            if one.claim is None:
                yield (
                    f"{one.check}: no claim says which distribution {one.name!r} has; add it to "
                    "autograder/validation/false_failures/claims.py"
                )
            elif not one.follows:
                yield (
                    f"{one.check}: the p-values of {one.name!r} are not {one.claim.null} "
                    f"(Kolmogorov-Smirnov p = {one.ks_p:.1g}, {len(one.spread)} values)"
                )


def failure_bound(failures: int, runs: int, confidence: float = 0.95) -> float:
    """The upper bound of the failure rate: one-sided, of Clopper and Pearson."""
    return 1.0 if failures >= runs else float(beta.ppf(confidence, failures + 1, runs - failures))

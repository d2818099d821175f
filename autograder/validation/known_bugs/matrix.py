"""The kill matrix: which check killed which mutant, and what is wrong with that."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from autograder.grading.judging.checks import Check
from checkkit.runner.outcomes import Outcome

from .diagnoses import Diagnoses
from .entries import Mutant
from .feedback import overshared
from .rows import Row
from .rules import named_check, owners


class Verdict(StrEnum):
    """What became of a mutant or a variant; the values are the words of the reports."""

    SURVIVED = "survived"
    MISATTRIBUTED = "killed by another task's checks only"
    MISNAMED = "killed, but not by the check that must"
    LOST = "loses points although it is right"
    UNJUDGED = "could not be judged"
    NOT_TESTED = "not tested"
    KILLED = "killed"
    KEPT = "full marks"


FAULTS = (
    *(Verdict.SURVIVED, Verdict.MISATTRIBUTED, Verdict.MISNAMED),
    *(Verdict.LOST, Verdict.UNJUDGED),
)


@dataclass(frozen=True)
class Matrix:
    """All rows and all checks. `whole` says that every mutant is in it."""

    rows: Sequence[Row]
    checks: Sequence[Check]
    whole: bool = True

    def verdict(self, row: Row) -> Verdict:
        """What became of one of the rows."""
        broken = any(ending.outcome is Outcome.GRADER_ERROR for ending in row.endings.values())
        if row.problem or broken:
            return Verdict.UNJUDGED
        if not isinstance(row.entry, Mutant):
            return Verdict.LOST if row.killers else Verdict.KEPT
        named = named_check(row.entry, self.checks)
        if not row.ran(named):
            return Verdict.NOT_TESTED
        if not row.killers:
            return Verdict.SURVIVED
        if not self.own_killers(row):
            return Verdict.MISATTRIBUTED
        return Verdict.KILLED if named.name in row.killers else Verdict.MISNAMED

    def own_killers(self, row: Row) -> list[str]:
        """The checks among the killers that belong to the tasks of the mutant."""
        own = owners(row.entry) if isinstance(row.entry, Mutant) else set()
        return [name for name in row.killers if self._task_of[name] in own]

    def bystanders(self, row: Row) -> list[str]:
        """The other killers: they cost the student a task that is not at fault."""
        own = self.own_killers(row)
        return [name for name in row.killers if name not in own]

    @cached_property
    def idle(self) -> list[Check]:
        """The checks that ran and killed no mutant of their task; none while mutants are missing.

        To die of a mistake in another task is no proof of what a check claims.
        """
        if not self.whole:
            return []
        useful = {name for row in self.rows for name in self.own_killers(row)}
        ran = [check for check in self.checks if any(row.ran(check) for row in self.rows)]
        return [check for check in ran if check.name not in useful]

    @cached_property
    def sorted_rows(self) -> list[tuple[Verdict, Row]]:
        """Faults first: survivors, then misattributed ones; otherwise in the order of the files."""
        order = list(Verdict)
        judged = [(self.verdict(row), row) for row in self.rows]
        return sorted(judged, key=lambda pair: order.index(pair[0]))

    def having(self, verdict: Verdict) -> list[Row]:
        """The rows with one verdict."""
        return [row for found, row in self.sorted_rows if found is verdict]

    @cached_property
    def diagnoses(self) -> Diagnoses:
        """What the checks called each mistake."""
        return Diagnoses.of(self.rows)

    @cached_property
    def overshared(self) -> list[str]:
        """What visible checks would tell students and should not: entry, check and fault."""
        checks = {check.name: check for check in self.checks}
        return [
            f"{row.entry.name}: {name} {fault}"
            for row in self.rows
            for name, fault in overshared(row.endings, checks)
        ]

    @property
    def good(self) -> bool:
        """No survivor, none misattributed, no idle check, no variant that loses a point; no wrong
        diagnosis, enough right ones, and no message that shows too much.
        """
        faulty = any(verdict in FAULTS for verdict, _ in self.sorted_rows)
        faulty |= bool(self.idle or self.diagnoses.wrong or self.overshared)
        return not faulty and (self.diagnoses.enough or not self.whole)

    def kills_by_task(self, row: Row) -> dict[str, int]:
        """How many checks of each task killed it."""
        tasks = [self._task_of[name] for name in row.killers]
        return {task: tasks.count(task) for task in dict.fromkeys(tasks)}

    @cached_property
    def _task_of(self) -> dict[str, str]:
        return {check.name: check.task for check in self.checks}

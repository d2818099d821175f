"""The kill matrix: which check failed on which known bug, and what is wrong with that."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from autograder.grading.judging.checks import CheckInfo
from checkkit.runner.outcomes import Outcome
from checkkit.runner.session import is_named

from . import diagnoses
from .entries import KnownBug
from .judging import Row
from .rules import named_check, tasks_of

# What students may read of a visible check: no more than this. The reports hide hidden checks.
LONGEST = 1500
MOST_NUMBERS = 16
NUMBER = r"[-+]?\d[\d.]*(?:e[-+]?\d+)?"
TOO_MUCH = {
    "an array": re.compile(r"\b(?:array|tensor)\(|\[\["),
    "a long row of numbers": re.compile(rf"{NUMBER}(?:[,\s]+{NUMBER}){{{MOST_NUMBERS},}}"),
    "code of a check": re.compile(r"\bassert \w|\bdef |>>>|checkkit/verdicts|test_\w+\.py"),
    "what only staff have": re.compile(r"autograder|\bhidden_|test_hidden"),
}


class Verdict(StrEnum):
    """The result of a known bug or a variant; the values are the words of the reports."""

    SURVIVED = "survived"
    OTHER_TASK = "killed by another task's checks only"
    OTHER_CHECK = "killed, but not by the check that must"
    SPREADS = "fails checks that it should pass"
    SAYS_OTHER = "killed, but the message does not say why"
    LOSES_POINTS = "loses points although it is right"
    NOT_JUDGED = "could not be judged"
    NOT_TESTED = "not tested"
    KILLED = "killed"
    FULL_MARKS = "full marks"


FAULTS = tuple(Verdict)[:7]


@dataclass(frozen=True)
class Matrix:
    """All rows and all checks. `whole` says that every known bug is in it."""

    rows: Sequence[Row]
    checks: Sequence[CheckInfo]
    whole: bool = True

    def verdict(self, row: Row) -> Verdict:
        """The result of one row."""
        if row.problem or any(e.outcome is Outcome.GRADER_ERROR for e in row.endings.values()):
            return Verdict.NOT_JUDGED
        if not isinstance(row.entry, KnownBug):
            lost = any(ending.failed for ending in row.endings.values())
            return Verdict.LOSES_POINTS if lost else Verdict.FULL_MARKS
        named = named_check(row.entry, self.checks)
        if not row.ran(named):
            return Verdict.NOT_TESTED
        if not row.killers:
            return Verdict.SURVIVED
        if not self.own_killers(row):
            return Verdict.OTHER_TASK
        if named.name not in row.killers:
            return Verdict.OTHER_CHECK
        if row.entry.only is not None and any(
            name != named.name and not is_named(name, row.entry.only) for name in row.killers
        ):
            return Verdict.SPREADS
        said = row.entry.says in row.endings[named.name].message
        return Verdict.KILLED if said else Verdict.SAYS_OTHER

    def own_killers(self, row: Row) -> list[str]:
        """The killers among the checks of the tasks that the bug breaks."""
        own = tasks_of(row.entry) if isinstance(row.entry, KnownBug) else set()
        return [name for name in row.killers if self._by_name[name].task in own]

    @cached_property
    def idle(self) -> list[CheckInfo]:
        """The checks that ran and killed no bug of their task; none while bugs are missing.

        Failing on a bug of another task does not prove that a check tests what it says.
        """
        useful = {name for row in self.rows for name in self.own_killers(row)}
        return [
            check
            for check in self.checks
            if self.whole and check.name not in useful and any(row.ran(check) for row in self.rows)
        ]

    @cached_property
    def sorted_rows(self) -> list[tuple[Verdict, Row]]:
        """In the order of the verdicts, faults first; otherwise in the order of the files."""
        order = list(Verdict)
        judged = [(self.verdict(row), row) for row in self.rows]
        return sorted(judged, key=lambda pair: order.index(pair[0]))

    def having(self, verdict: Verdict) -> list[Row]:
        """The rows with one verdict."""
        return [row for of_row, row in self.sorted_rows if of_row is verdict]

    @cached_property
    def overshared(self) -> list[str]:
        """Messages of visible checks that show students too much: entry, check and fault."""
        return [
            f"{row.entry.name}: {name} {fault}"
            for row in self.rows
            for name in row.killers
            if not self._by_name[name].hidden
            for fault in _too_much(row.endings[name].message)
        ]

    @cached_property
    def diagnoses(self) -> dict[str, Counter[str]]:
        """How many entries of each group have which diagnosis."""
        return diagnoses.by_group(self.rows)

    @property
    def misdiagnosed(self) -> list[Row]:
        """The rows whose mistake got a name that it does not have."""
        return [row for row in self.rows if row.endings and diagnoses.misleading(row)]

    @property
    def enough_diagnoses(self) -> bool:
        """Whether enough of the known mistakes that fail on numbers are called by their names."""
        counts = self.diagnoses[diagnoses.NUMBERS]
        return counts["right"] >= diagnoses.GOAL * counts.total()

    @property
    def good(self) -> bool:
        """No fault, no idle check, no wrong diagnosis and enough right ones, no message that shows
        students too much.
        """
        faulty = any(verdict in FAULTS for verdict, _ in self.sorted_rows)
        faulty |= bool(self.idle or self.misdiagnosed or self.overshared)
        return not faulty and (self.enough_diagnoses or not self.whole)

    def kills_by_task(self, row: Row) -> Mapping[str, int]:
        """How many checks of each task killed it."""
        return Counter(self._by_name[name].task for name in row.killers)

    @cached_property
    def _by_name(self) -> dict[str, CheckInfo]:
        return {check.name: check for check in self.checks}


def _too_much(message: str) -> Iterator[str]:
    """Why students should not read a message like this."""
    if not message.strip():
        yield "says nothing"
    if len(message) > LONGEST:
        yield f"{len(message)} characters long"
    for what, pattern in TOO_MUCH.items():
        if match := pattern.search(message):
            yield f"shows {what}: {match[0][:80]!r}"

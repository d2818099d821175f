"""One mutant or variant, and what the checks made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from autograder.grading.judging.checks import Check
from checkkit.runner.outcomes import Outcome

from .entries import Entry
from .judging import Ending

NOT_RUN = Ending(Outcome.NOT_RUN)


@dataclass(frozen=True)
class Row:
    """An entry, and how each check of it ended; `problem` where none did."""

    entry: Entry
    endings: Mapping[str, Ending]
    problem: str = ""
    seconds: float = 0.0

    @cached_property
    def killers(self) -> tuple[str, ...]:
        """The checks that say it is wrong."""
        return tuple(name for name, ending in self.endings.items() if ending.kills)

    @cached_property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the mistakes that checks recognised in it."""
        found = [ending.mistake for ending in self.endings.values() if ending.mistake]
        return tuple(dict.fromkeys(found))

    def ran(self, check: Check) -> bool:
        """Whether a check has judged it."""
        return self.endings.get(check.name, NOT_RUN).outcome is not Outcome.NOT_RUN

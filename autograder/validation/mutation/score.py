"""What became of each mutant, the figures of each file, and what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .equivalents import Excuse
from .mutations import Address, Mutation
from .trial import GIVEN, Killer

RAW_AT_LEAST = 0.95
FRESH_SEEDS = 3


class Verdict(StrEnum):
    """What became of a mutant; the values are the words of the reports."""

    KILLED = "killed"
    EXCUSED = "survived, equivalent"
    SURVIVED = "survived"
    BY_CHANCE = "killed by chance"
    UNJUDGED = "could not be judged"


@dataclass
class Trial:
    """One mutant: who killed it at the run's seed, and, where nobody did, at each fresh one."""

    mutation: Mutation
    killer: Killer | None = None
    again: list[Killer | None] = field(default_factory=list)
    problem: str = ""

    @property
    def survived_once(self) -> bool:
        """It has to be judged again."""
        return self.killer is None and not self.problem

    @property
    def killers(self) -> list[Killer]:
        """Those who killed it, one for each seed at which it died."""
        return [killer for killer in (self.killer, *self.again) if killer]

    @property
    def seeds(self) -> int:
        """At how many seeds it was judged."""
        return 1 + len(self.again)


@dataclass(frozen=True)
class Figures:
    """How many mutants there are and what became of them."""

    total: int
    killed: int
    excused: int

    @property
    def raw(self) -> float:
        """The share that was killed."""
        return self.killed / self.total if self.total else 1.0

    @property
    def final(self) -> float:
        """The share of those that are no equivalents."""
        left = self.total - self.excused
        return self.killed / left if left else 1.0


@dataclass(frozen=True)
class Score:
    """All trials. `whole` says that every mutant of every file was tried."""

    trials: Sequence[Trial]
    excuses: Mapping[Address, Excuse]
    whole: bool = True

    def verdict(self, trial: Trial) -> Verdict:
        """What became of one of the mutants."""
        if trial.problem or any(killer.grader_error for killer in trial.killers):
            return Verdict.UNJUDGED
        if trial.killer or len(trial.killers) == FRESH_SEEDS:
            return Verdict.KILLED
        if trial.killers:
            return Verdict.BY_CHANCE
        excused = trial.mutation.address in self.excuses
        return Verdict.EXCUSED if excused else Verdict.SURVIVED

    def having(self, verdict: Verdict) -> list[Trial]:
        """The mutants with one verdict."""
        return [trial for trial in self.trials if self.verdict(trial) is verdict]

    @property
    def files(self) -> list[str]:
        """The files that were mutated, in order."""
        return list(dict.fromkeys(trial.mutation.file for trial in self.trials))

    def figures(self, *files: str) -> Figures:
        """Those of some files together."""
        found = [self.verdict(trial) for trial in self.trials if trial.mutation.file in files]
        return Figures(len(found), found.count(Verdict.KILLED), found.count(Verdict.EXCUSED))

    @property
    def main(self) -> Figures:
        """Those of all files but training.py, which has its own."""
        return self.figures(*(file for file in self.files if file != GIVEN))

    @property
    def stale(self) -> list[tuple[Address, str]]:
        """The entries that excuse nothing, and why; only of what was tried."""
        tried = {trial.mutation.address: self.verdict(trial) for trial in self.trials}
        found = []
        for address in self.excuses:
            if address not in tried:
                if self.whole or address.file in self.files:
                    found.append((address, "there is no such mutant"))
            elif tried[address] is not Verdict.EXCUSED:
                found.append((address, f"it was {tried[address]}"))
        return found

    @property
    def good(self) -> bool:
        """Every mutant was killed or is excused, no excuse is stale, and few were needed."""
        faults = (Verdict.SURVIVED, Verdict.BY_CHANCE, Verdict.UNJUDGED)
        enough = not self.whole or self.main.raw >= RAW_AT_LEAST
        return enough and not self.stale and not any(map(self.having, faults))

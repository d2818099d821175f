"""The verdict on each mutant, the figures of each file, and what is wrong with them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .mutations import Address, Mutation
from .trial import GIVEN, Killer

RAW_AT_LEAST = 0.95
FRESH_SEEDS = 3


class Verdict(StrEnum):
    """The result of a mutant; the values are the words of the reports."""

    KILLED = "killed"
    EXCUSED = "survived, equivalent"
    SURVIVED = "survived"
    BY_CHANCE = "killed by chance"
    NOT_JUDGED = "could not be judged"


@dataclass
class Trial:
    """One mutant: its killer, or None, at the run's seed and then at each fresh one."""

    mutation: Mutation
    outcomes: list[Killer | None] = field(default_factory=list)
    problem: str = ""

    @property
    def killers(self) -> list[Killer]:
        """One for each seed at which it was killed."""
        return [killer for killer in self.outcomes if killer]


@dataclass(frozen=True)
class Score:
    """All trials. `whole` says that every mutant of every file was tried."""

    trials: Sequence[Trial]
    equivalents: Mapping[Address, int]
    whole: bool = True

    def verdict(self, trial: Trial) -> Verdict:
        """The result of one mutant."""
        if trial.problem or any(killer.grader_error for killer in trial.killers):
            return Verdict.NOT_JUDGED
        if trial.outcomes[0] or len(trial.killers) == FRESH_SEEDS:
            return Verdict.KILLED
        if trial.killers:
            return Verdict.BY_CHANCE
        excused = trial.mutation.address in self.equivalents
        return Verdict.EXCUSED if excused else Verdict.SURVIVED

    def having(self, verdict: Verdict) -> list[Trial]:
        """The mutants with one verdict."""
        return [trial for trial in self.trials if self.verdict(trial) is verdict]

    @property
    def files(self) -> list[str]:
        """The files that were mutated, in order."""
        return list(dict.fromkeys(trial.mutation.address.file for trial in self.trials))

    def counts(self, *files: str) -> Counter[Verdict]:
        """How many mutants of these files have which verdict; of all but training.py if empty."""
        files = files or tuple(file for file in self.files if file != GIVEN)
        return Counter(self.verdict(t) for t in self.trials if t.mutation.address.file in files)

    @property
    def raw(self) -> float:
        """The share that was killed; training.py does not count."""
        return share_killed(self.counts())

    @property
    def stale(self) -> dict[Address, str]:
        """The entries that excuse nothing, and why; only of what was tried."""
        tried = {trial.mutation.address: self.verdict(trial) for trial in self.trials}
        stale = {}
        for address in self.equivalents:
            if address in tried and tried[address] is not Verdict.EXCUSED:
                stale[address] = f"it was {tried[address]}"
            elif address not in tried and (self.whole or address.file in self.files):
                stale[address] = "there is no such mutant"
        return stale

    @property
    def good(self) -> bool:
        """Every mutant was killed or is excused, no entry is stale, and few were needed."""
        faults = (Verdict.SURVIVED, Verdict.BY_CHANCE, Verdict.NOT_JUDGED)
        enough = not self.whole or self.raw >= RAW_AT_LEAST
        return enough and not self.stale and not any(map(self.having, faults))


def share_killed(counts: Counter[Verdict], without: Verdict | None = None) -> float:
    """The share of killed mutants, of all or of those `without` one verdict."""
    total = counts.total() - (counts[without] if without else 0)
    return counts[Verdict.KILLED] / total if total else 1.0

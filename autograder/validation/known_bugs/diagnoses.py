"""Whether the checks call mistakes by their names: right, silent or wrong, for each entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from .entries import Mutant
from .rows import Row


class Named(StrEnum):
    """What became of the diagnosis of one entry."""

    RIGHT = "right"
    SILENT = "silent"
    WRONG = "wrong"


@dataclass(frozen=True)
class Group:
    """Some entries, and how many of them were diagnosed in which way."""

    title: str
    right: int
    silent: int
    wrong: int

    @property
    def share(self) -> str:
        """Right ones in percent; nothing where there are no entries."""
        whole = self.right + self.silent + self.wrong
        return f"{100 * self.right / whole:.1f} %" if whole else ""


@dataclass(frozen=True)
class Diagnoses:
    """All rows, and the verdict on what checks called each."""

    rows: Sequence[Row]
    GOAL: ClassVar[float] = 0.8

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Diagnoses":
        """Of the rows that were judged."""
        return cls([row for row in rows if row.endings])

    def misleading(self, row: Row) -> list[str]:
        """The names that the entry does not list: every one, for what is right."""
        listed = row.entry.diagnosis if isinstance(row.entry, Mutant) else ()
        return [name for name in row.mistakes if name not in listed]

    def verdict(self, row: Row) -> Named:
        """One wrong name makes the whole wrong."""
        if self.misleading(row):
            return Named.WRONG
        return Named.RIGHT if row.mistakes else Named.SILENT

    @property
    def wrong(self) -> list[Row]:
        """The rows that were called something that they are not."""
        return [row for row in self.rows if self.verdict(row) is Named.WRONG]

    @property
    def table(self) -> list[Group]:
        """Known mistakes that fail on numbers; those that fail otherwise; others; variants."""
        mutants = [row for row in self.rows if isinstance(row.entry, Mutant)]
        known = [row for row in mutants if row.entry.bug]
        return [
            self._group("known mistakes that fail on numbers", _by_numbers(known)),
            self._group("known mistakes that fail otherwise", _otherwise(known)),
            self._group("other mutants", [row for row in mutants if not row.entry.bug]),
            self._group("right variants", [row for row in self.rows if row not in mutants]),
        ]

    @property
    def enough(self) -> bool:
        """At least the goal's share of the known mistakes that fail on numbers has its name."""
        known = self.table[0]
        return known.right >= self.GOAL * (known.right + known.silent + known.wrong)

    def _group(self, title: str, rows: Sequence[Row]) -> Group:
        found = [self.verdict(row) for row in rows]
        return Group(title, *(found.count(named) for named in Named))


def _by_numbers(rows: Sequence[Row]) -> list[Row]:
    return [r for r in rows if isinstance(r.entry, Mutant) and r.entry.fails_by == "numbers"]


def _otherwise(rows: Sequence[Row]) -> list[Row]:
    return [r for r in rows if isinstance(r.entry, Mutant) and r.entry.fails_by != "numbers"]

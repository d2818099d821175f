"""What staff decide: scores of tasks that they grade, overrides, extensions, and times.

Tables are read again in every run and never become part of a result, so they also hold after a
regrade.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from autograder.config import Assignment, Task
from autograder.grading.intake.source import Student, SubmissionSource
from checkkit.text import one_line

from .input_tables import BadTable
from .staff_tables import (
    COLUMNS,
    Decision,
    Extension,
    HandedIn,
    Key,
    StaffScore,
    Tables,
    folded,
)

__all__ = [
    "Adjustments",
    "BadTable",
    "Extension",
    "HandedIn",
    "StaffScore",
    "adjustments_of",
    "merged",
]

StaffSource = Literal["override", "manual"]


@dataclass(frozen=True)
class Adjustments:
    """Manual scores, overrides, extensions and times, by `student_key` and task or assignment."""

    manual: Mapping[Key, StaffScore] = field(default_factory=dict)
    overrides: Mapping[Key, StaffScore] = field(default_factory=dict)
    extensions: Mapping[Key, Extension] = field(default_factory=dict)
    times: Mapping[Key, HandedIn] = field(default_factory=dict)

    def score(self, who: str, task: Task) -> tuple[StaffSource, StaffScore] | None:
        """The score of a task and whether it is `manual` or an `override`, which comes first."""
        if override := self.overrides.get((who, task.id)):
            return "override", override
        manual = self.manual.get((who, task.id))
        return ("manual", manual) if manual else None

    def due(self, who: str, assignment: Assignment) -> datetime | None:
        """When an assignment is due for somebody who has an extension."""
        extension = self.extensions.get((who, assignment.id))
        return extension.due if extension else None

    def latest_due(self, assignment: Assignment) -> datetime:
        """When an assignment is due for whoever has the most time."""
        own = [one.due for (_, name), one in self.extensions.items() if name == assignment.id]
        return max([assignment.due, *own])

    def time(self, who: str, assignment: Assignment) -> datetime | None:
        """When somebody handed in, if staff say so."""
        handed_in = self.times.get((who, assignment.id))
        return handed_in.when if handed_in else None


def student_key(student: Student | None, submission: str) -> str:
    """The student's id, or the name of a submission of unknown students, as adjustments have it."""
    return folded(student.id if student else submission)


# ---------------------------------------------------------------------------- what tables decide


def adjustments_of(
    tables: Tables, submissions: Sequence[SubmissionSource]
) -> tuple[Adjustments, list[str]]:
    """What staff have written in tables, and notices about rows that are left out.

    A row may name a student by id, email or name. Students choose names themselves, so all
    submissions are compared: a row that fits nobody is left out, and so is one that fits several.
    """
    notices: list[str] = []
    meant = _meant(submissions)
    resolved = [_resolved(tables[name], meant, notices) for name in COLUMNS]
    return Adjustments(*resolved), notices


def merged(before: Tables, now: Tables, submissions: Sequence[SubmissionSource]) -> Tables:
    """The rows of `now`, below those of `before` that are about other students or other tasks."""
    meant = _meant(submissions)

    def identity(key: Key) -> Key:
        who, what = key
        return (min(keys) if len(keys := meant(who)) == 1 else who), what

    both = {}
    for name, table in now.items():
        replaced = {*map(identity, table)}
        kept = {key: one for key, one in before[name].items() if identity(key) not in replaced}
        both[name] = kept | dict(table)
    return both


# --------------------------------------------------------------------- which student a row means


def _resolved(
    table: Mapping[Key, Decision], meant: Callable[[str], set[str]], notices: list[str]
) -> dict[Key, Decision]:
    """The rows of one table by `student_key`."""
    resolved: dict[Key, Decision] = {}
    for (who, what), decision in table.items():
        matches = meant(who)
        if len(matches) != 1:
            several = f"fits {len(matches)} students ({', '.join(sorted(matches))}); use the id"
            problem = several if matches else "is no id, email or name of anybody who handed in"
            notices.append(f"{decision.place}: {one_line(who)} {problem}; the row is ignored")
        elif (key := (min(matches), what)) in resolved:
            first = resolved[key].place
            notices.append(f"{decision.place}: repeats {first}; the row is ignored")
        else:
            resolved[key] = decision
    return resolved


def _meant(submissions: Sequence[SubmissionSource]) -> Callable[[str], set[str]]:
    """Whom a row may mean, as keys: ids come before emails, and emails before names."""
    by_attribute = []
    for attribute in ("id", "email", "name"):
        keys: dict[str, set[str]] = defaultdict(set)
        for student in (student for one in submissions for student in one.students):
            keys[folded(getattr(student, attribute))].add(folded(student.id))
        by_attribute.append(keys)
    unknown = {folded(one.name) for one in submissions if not one.students}

    def meant(who: str) -> set[str]:
        return next((keys[who] for keys in by_attribute if who in keys), unknown & {who})

    return meant

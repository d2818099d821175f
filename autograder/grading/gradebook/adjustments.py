"""What people decide: scores of tasks that they mark, scores in place of others, and more time.

It is read anew from its files in every run and never becomes part of what was graded, so it holds
after a regrade as it did before.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from autograder.config import Assignment, Course, Task
from autograder.grading.intake.source import Student, SubmissionSource
from checkkit.text import one_line

from .input_tables import BadTable, Row, Table

__all__ = ["Adjustments", "BadTable", "Extension", "StaffScore", "read_adjustments"]

MAX_SCORE = 10_000
MAX_DAYS = 365


@dataclass(frozen=True)
class StaffScore:
    """A score that a person gave; `place` is where it is written."""

    score: float
    reason: str = ""
    place: str = ""


@dataclass(frozen=True)
class Extension:
    """When an assignment is due for one student, and where that is written."""

    due: datetime
    place: str = ""


Decider = Literal["override", "manual"]
Key = tuple[str, str]  # a student as the table has it, folded; a task or an assignment
Decision = TypeVar("Decision", StaffScore, Extension)


@dataclass(frozen=True)
class Adjustments:
    """Everything that people have said, by whom it is about.

    Students go by id, else by email, else by name, in any case; a submission of nobody known goes
    by its own name. Names are what students may call themselves, so `settled` looks at all of them
    before any of it counts.
    """

    manual: Mapping[Key, StaffScore] = field(default_factory=dict)
    overrides: Mapping[Key, StaffScore] = field(default_factory=dict)
    extensions: Mapping[Key, Extension] = field(default_factory=dict)
    is_settled: bool = False

    def score(self, who: Sequence[str], task: Task) -> tuple[Decider, StaffScore] | None:
        """The score of a task and whether it is `manual` or an `override`, which comes first."""
        if found := self._look_up(self.overrides, who, task.id):
            return "override", found
        found = self._look_up(self.manual, who, task.id)
        return ("manual", found) if found else None

    def due(self, who: Sequence[str], assignment: Assignment) -> datetime | None:
        """When an assignment is due for somebody who has more time than others."""
        found = self._look_up(self.extensions, who, assignment.id)
        return found.due if found else None

    def settled(self, submissions: Iterable[SubmissionSource]) -> tuple["Adjustments", list[str]]:
        """The same with each row about exactly one person, and what to tell of rows that are not.

        A row that fits nobody is left out, and so is one that fits several.
        """
        handed_in = list(submissions)
        told: list[str] = []
        manual = _settled(self.manual, handed_in, told)
        overrides = _settled(self.overrides, handed_in, told)
        extensions = _settled(self.extensions, handed_in, told)
        return Adjustments(manual, overrides, extensions, is_settled=True), told

    def _look_up(
        self, table: Mapping[Key, Decision], who: Sequence[str], what: str
    ) -> Decision | None:
        names = who[:1] if self.is_settled else who
        return next((table[name, what] for name in names if (name, what) in table), None)


def folded(name: str) -> str:
    """A name as names are compared: whatever its case, its spaces and how accents are stored."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def known_as(student: Student | None, submission: str) -> tuple[str, ...]:
    """What a row about this student may say, the surest first."""
    if student is None:
        return (folded(submission),)
    return tuple(folded(name) for name in (student.id, student.email, student.name) if name)


# --------------------------------------------------------------------- who is meant by each row


def _settled(
    table: Mapping[Key, Decision], handed_in: Sequence[SubmissionSource], told: list[str]
) -> dict[Key, Decision]:
    """The rows of one table under the id of the one that each is about."""
    settled: dict[Key, Decision] = {}
    for (who, what), decision in table.items():
        meant = _meant(who, handed_in)
        if len(meant) != 1:
            several = f"{len(meant)} people ({', '.join(sorted(meant))}); use the id"
            whom = "nobody who handed in" if not meant else several
            told.append(f"{decision.place}: {one_line(who)} is {whom}; the row is left out")
        elif (key := (meant.pop(), what)) in settled:
            first = settled[key].place
            told.append(f"{decision.place}: says again what {first} says; the row is left out")
        else:
            settled[key] = decision
    return settled


def _meant(who: str, handed_in: Sequence[SubmissionSource]) -> set[str]:
    """Those whom a row may be about, by the surest of what they are known by."""
    students = [student for one in handed_in for student in one.students]
    for known in ("id", "email", "name"):
        if found := {folded(s.id) for s in students if folded(getattr(s, known)) == who}:
            return found
    return {folded(one.name) for one in handed_in if not one.students} & {who}


# ------------------------------------------------------------------------------ reading the files


def read_adjustments(
    manual: Path | None, override: Path | None, extensions: Path | None, course: Course
) -> Adjustments:
    """What people have written into three tables, of which any may be missing.

    Raises:
        BadTable: with everything that cannot stand: file, row, column, and what to do.
    """
    faults: list[str] = []
    tables = []
    for path, read in ((manual, _manual), (override, _overrides), (extensions, _extensions)):
        try:
            tables.append(read(path, course) if path else {})
        except BadTable as error:
            faults += error.faults
    if faults:
        raise BadTable(faults)
    return Adjustments(*tables)


def _manual(path: Path, course: Course) -> dict[Key, StaffScore]:
    """Scores of tasks that people mark; a row without a score is one that is not marked yet."""
    table, found = Table(path, ("student", "task", "score")), {}
    for row in table.rows():
        task = _task(row, course)
        if task and task.kind == "auto":
            words = f"checks grade {task.id}; use --override to put a score in its place"
            row.fault("task", words)
        elif row["score"] and (score := row.number_in("score")) is not None and task:
            if not 0 <= score <= task.points:
                row.fault("score", f"{task.id} has 0 to {task.points:g} points, not {score:g}")
            _add(found, row, task.id, StaffScore(score, one_line(row["reason"], 300), row.place))
    table.close()
    return found


def _overrides(path: Path, course: Course) -> dict[Key, StaffScore]:
    """Scores in place of whatever else a task has; more than its points is a bonus."""
    table, found = Table(path, ("student", "task", "score", "reason")), {}
    for row in table.rows():
        task, score = _task(row, course), row.number_in("score")
        if not row["reason"]:
            row.fault("reason", "is empty; say why, for the student reads it")
        if score is not None and not 0 <= score <= MAX_SCORE:
            row.fault("score", f"it must be 0 to {MAX_SCORE:,}, not {score:g}")
        if task and score is not None:
            _add(found, row, task.id, StaffScore(score, one_line(row["reason"], 300), row.place))
    table.close()
    return found


def _extensions(path: Path, course: Course) -> dict[Key, Extension]:
    """More time, as days or as a date; for one assignment, or all where none is named."""
    table, found = Table(path, ("student",)), {}
    given = {task.id: task for task in course.assignments}
    for row in table.rows():
        name = row["assignment"]
        if name and name not in given:
            row.fault("assignment", f"there is no {one_line(name)!r}; there are {', '.join(given)}")
        elif bool(row["days"]) == bool(row["due"]):
            row.fault("days", "fill either days or due: 2, or 2026-12-14T23:59")
        else:
            for assignment in [given[name]] if name else course.assignments:
                if due := _due(row, assignment):
                    _add(found, row, assignment.id, Extension(due, row.place))
    table.close()
    return found


def _due(row: Row, assignment: Assignment) -> datetime | None:
    """When it is due, where a date alone means the time of day at which it always is."""
    if row["days"]:
        days = row.number_in("days")
        if days is not None and not 0 <= days <= MAX_DAYS:
            row.fault("days", f"it must be 0 to {MAX_DAYS}, not {days:g}")
        elif days is not None:
            return assignment.due + timedelta(days=days)
        return None
    try:
        due = datetime.fromisoformat(row["due"])
    except ValueError:
        row.fault("due", f"{one_line(row['due'])!r} is no date; write it like 2026-12-14T23:59")
        return None
    if due.time() == time() and len(row["due"]) <= len("2026-12-14"):
        due = datetime.combine(due.date(), assignment.due.timetz())
    due = due if due.tzinfo else due.replace(tzinfo=assignment.due.tzinfo)
    if due < assignment.due:
        row.fault("due", f"{assignment.id} is due later, {assignment.due.isoformat()}; mend one")
    return due


def _task(row: Row, course: Course) -> Task | None:
    """The task that a row names; None, and a fault, if there is none."""
    tasks = {task.id: task for task in course.tasks}
    name = row["task"].casefold()
    if name not in tasks:
        known = ", ".join(tasks)
        row.fault("task", f"there is no task {one_line(row['task'])!r}; there are {known}")
    return tasks.get(name)


def _add(found: dict[Key, Decision], row: Row, what: str, decision: Decision) -> None:
    who = folded(row["student"])
    if not who:
        row.fault("student", "is empty; give the id, the email or the name")
    elif first := found.get((who, what)):
        number = first.place.rpartition(" ")[2]
        row.fault("student", f"{one_line(who)} has {what} in row {number} too; remove one")
    else:
        found[who, what] = decision

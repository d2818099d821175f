"""What staff decide: scores of tasks that they grade, overrides, extensions, and times.

Tables are read again in every run and never become part of a result, so they also hold after a
regrade.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from autograder.config import Assignment, Course, Task
from autograder.grading.intake.source import Student, SubmissionSource
from checkkit.text import one_line

from .input_tables import BadTable, TableRow, read_rows

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


@dataclass(frozen=True)
class HandedIn:
    """When a student handed in, and where that is written."""

    when: datetime
    place: str = ""


StaffSource = Literal["override", "manual"]
Key = tuple[str, str]  # a student (see `student_key`); a task or an assignment
Decision = TypeVar("Decision", StaffScore, Extension, HandedIn)


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


def folded(name: str) -> str:
    """A name as names are compared: whatever its case, its spaces and how accents are stored."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def student_key(student: Student | None, submission: str) -> str:
    """The student's id, or the name of a submission of unknown students, as adjustments have it."""
    return folded(student.id if student else submission)


# ------------------------------------------------------------------------------ reading the files


def read_adjustments(
    tables: Mapping[str, Path | None], course: Course, submissions: Sequence[SubmissionSource]
) -> tuple[Adjustments, list[str]]:
    """What staff have written in tables, and notices about rows that are left out.

    A row may name a student by id, email or name. Students choose names themselves, so all
    submissions are compared: a row that fits nobody is left out, and so is one that fits several.

    Args:
        tables: paths by `manual`, `override`, `extensions` and `times`; any may be missing.

    Raises:
        BadTable: with all errors: file, row, column, and what to do.
    """
    errors: list[str] = []
    manual = _scores(tables.get("manual"), course, errors, override=False)
    overrides = _scores(tables.get("override"), course, errors, override=True)
    extensions = _extensions(tables.get("extensions"), course, errors)
    times = _times(tables.get("times"), course, errors)
    if errors:
        raise BadTable(errors)
    notices: list[str] = []
    adjustments = Adjustments(
        _resolved(manual, submissions, notices),
        _resolved(overrides, submissions, notices),
        _resolved(extensions, submissions, notices),
        _resolved(times, submissions, notices),
    )
    return adjustments, notices


def _scores(
    path: Path | None, course: Course, errors: list[str], override: bool
) -> dict[Key, StaffScore]:
    """Scores of tasks that people grade, or overrides, which may exceed the points of a task."""
    scores = {}
    columns = ("student", "task", "score", *(["reason"] if override else []))
    for row in read_rows(path, columns, errors) if path else ():
        task = _task(row, course)
        if override and not row["reason"]:
            row.error("reason", "is empty; give a reason, the student reads it")
        if task and task.kind == "auto" and not override:
            row.error("task", f"checks grade {task.id}; use --override to replace its score")
        elif override or row["score"]:  # without a score, the task is not graded yet
            score = row.number("score")
            most = task.points if task and not override else MAX_SCORE
            if score is not None and not 0 <= score <= most:
                row.error("score", f"must be 0 to {most:,g}, not {score:g}")
            elif score is not None and task:
                given = StaffScore(score, one_line(row["reason"], 300), row.place)
                _add(scores, row, task.id, given)
    return scores


def _extensions(path: Path | None, course: Course, errors: list[str]) -> dict[Key, Extension]:
    """More time, as days or as a date; for one assignment, or for all if none is named."""
    extensions = {}
    for row in read_rows(path, ("student",), errors) if path else ():
        assignments = _assignments(row, course)
        if assignments and bool(row["days"]) == bool(row["due"]):
            row.error("days", "fill either days or due: 2, or 2026-12-14T23:59")
        else:
            for assignment in assignments:
                if due := _due(row, assignment):
                    _add(extensions, row, assignment.id, Extension(due, row.place))
    return extensions


def _times(path: Path | None, course: Course, errors: list[str]) -> dict[Key, HandedIn]:
    """When students handed in; one assignment, or all if none is named."""
    times = {}
    for row in read_rows(path, ("student", "time"), errors) if path else ():
        for assignment in _assignments(row, course):
            if when := _moment(row, "time", assignment):
                _add(times, row, assignment.id, HandedIn(when, row.place))
    return times


def _assignments(row: TableRow, course: Course) -> Sequence[Assignment]:
    """The assignment that a row names, or all; none, and an error, if it does not exist."""
    named = {assignment.id: assignment for assignment in course.assignments}
    name = row["assignment"]
    if name and name not in named:
        known = ", ".join(named)
        row.error("assignment", f"{one_line(name)!r} does not exist; choose from {known}")
        return ()
    return [named[name]] if name else course.assignments


def _due(row: TableRow, assignment: Assignment) -> datetime | None:
    """When it is due; a date without a time means the usual time of day."""
    if row["days"]:
        days = row.number("days")
        if days is not None and not 0 <= days <= MAX_DAYS:
            row.error("days", f"must be 0 to {MAX_DAYS}, not {days:g}")
        elif days is not None:
            return assignment.due + timedelta(days=days)
        return None
    due = _moment(row, "due", assignment, assignment.due.time())
    if due and due < assignment.due:
        row.error("due", f"is before {assignment.due.isoformat()}, when {assignment.id} is due")
    return due


def _moment(
    row: TableRow, column: str, assignment: Assignment, usual: time | None = None
) -> datetime | None:
    """A date with its time in the zone of the assignment; `usual` is for a date without a time."""
    text, zone = row[column], assignment.due.tzinfo
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        row.error(column, f"{one_line(text)!r} is not a date; write it like 2026-12-14T23:59")
        return None
    if len(text) <= len("2026-12-14"):
        if usual is None:
            row.error(column, f"{one_line(text)!r} has no time of day; write {text}T23:59")
            return None
        moment = datetime.combine(moment.date(), usual)
    there = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    if there != there.astimezone(UTC).astimezone(zone):
        row.error(column, f"{one_line(text)!r} is skipped by the clocks of {zone}; add an offset")
        return None
    return there


def _task(row: TableRow, course: Course) -> Task | None:
    """The task that a row names; None, and an error, if it does not exist."""
    tasks = {task.id: task for task in course.tasks}
    name = row["task"].casefold()
    if name not in tasks:
        known = ", ".join(tasks)
        row.error("task", f"{one_line(row['task'])!r} does not exist; choose from {known}")
    return tasks.get(name)


def _add(table: dict[Key, Decision], row: TableRow, what: str, decision: Decision) -> None:
    who = folded(row["student"])
    if not who:
        row.error("student", "is empty; give the id, the email or the name")
    elif first := table.get((who, what)):
        number = first.place.rpartition(" ")[2]
        row.error("student", f"{one_line(who)} has {what} in row {number} too; remove one")
    else:
        table[who, what] = decision


# --------------------------------------------------------------------- which student a row means


def _resolved(
    table: Mapping[Key, Decision], submissions: Sequence[SubmissionSource], notices: list[str]
) -> dict[Key, Decision]:
    """The rows of one table by `student_key`."""
    resolved: dict[Key, Decision] = {}
    for (who, what), decision in table.items():
        matches = _matches(who, submissions)
        if len(matches) != 1:
            several = f"fits {len(matches)} students ({', '.join(sorted(matches))}); use the id"
            problem = several if matches else "did not hand in"
            notices.append(f"{decision.place}: {one_line(who)} {problem}; the row is ignored")
        elif (key := (matches.pop(), what)) in resolved:
            first = resolved[key].place
            notices.append(f"{decision.place}: repeats {first}; the row is ignored")
        else:
            resolved[key] = decision
    return resolved


def _matches(who: str, submissions: Sequence[SubmissionSource]) -> set[str]:
    """The keys of those whom a row may mean: ids come before emails, and emails before names."""
    students = [student for one in submissions for student in one.students]
    for attribute in ("id", "email", "name"):
        if ids := {folded(s.id) for s in students if folded(getattr(s, attribute)) == who}:
            return ids
    return {folded(one.name) for one in submissions if not one.students} & {who}

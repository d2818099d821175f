"""The tables of staff: scores of tasks that they grade, overrides, extensions, and times."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from autograder.config import Assignment, Course, Task
from autograder.config.clock import skipped
from checkkit.text import one_line

from .input_tables import BadTable, TableRow, read_rows

MAX_SCORE = 10_000
MAX_DAYS = 365
COLUMNS = {
    "manual": ("student", "task", "score", "reason"),
    "override": ("student", "task", "score", "reason"),
    "extensions": ("student", "assignment", "days", "due"),
    "times": ("student", "assignment", "time"),
}


@dataclass(frozen=True)
class StaffScore:
    """A score that a person gave; `place` is where it is written, `cells` are those of its row."""

    score: float
    reason: str = ""
    place: str = ""
    cells: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Extension:
    """When an assignment is due for one student, and where that is written."""

    due: datetime
    place: str = ""
    cells: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class HandedIn:
    """When a student handed in, and where that is written."""

    when: datetime
    place: str = ""
    cells: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


Key = tuple[str, str]  # a student (see `student_key`); a task or an assignment
Decision = TypeVar("Decision", StaffScore, Extension, HandedIn)
Tables = Mapping[str, Mapping[Key, Any]]  # by `manual`, `override`, `extensions` and `times`


def folded(name: str) -> str:
    """A name as names are compared: whatever its case, its spaces and how accents are stored."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def read_tables(paths: Mapping[str, Path | None], course: Course) -> Tables:
    """What the rows of tables decide, by the student as the row names them; any may be missing.

    Raises:
        BadTable: with all errors: file, row, column, and what to do.
    """
    errors: list[str] = []
    tables = {
        "manual": _scores(paths.get("manual"), course, errors, override=False),
        "override": _scores(paths.get("override"), course, errors, override=True),
        "extensions": _extensions(paths.get("extensions"), course, errors),
        "times": _times(paths.get("times"), course, errors),
    }
    if errors:
        raise BadTable(errors)
    return tables


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
    if skipped(there):
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
        column = "task" if isinstance(decision, StaffScore) else "assignment"
        cells = {**row.plain_cells(("score", "days")), column: what}
        table[who, what] = replace(decision, cells=cells)

"""grades.csv: one row a student, one column a task."""

import csv
import io
from collections.abc import Sequence

from autograder.config import Course
from autograder.grading.gradebook.grades import AssignmentGrade
from checkkit.text import defused

from .rows import Row


def grades_csv(rows: Sequence[Row]) -> str:
    """The gradebook as CSV (RFC 4180; UTF-8); its columns depend on grading.yaml alone.

    `student` is the student's id, and the submission's name where nobody is known. A task's cell is
    empty where nobody has judged it and where its points wait for a person; `flags` says which. A
    total is the sum of what is there, less what lateness costs. `graded` says whether the row comes
    from this run or from an earlier one.
    """
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns(rows[0].entry.scope.course))
    writer.writerows(map(_cells, rows))
    return text.getvalue()


def columns(course: Course) -> list[str]:
    """The first line."""
    names = ["student", "name", "email", "submission"]
    for assignment in course.assignments:
        names += [task.id for task in assignment.tasks]
        names += [f"{assignment.id}_{what}" for what in ("late_days", "late_deduction", "total")]
    return [*names, "total", "submitted_at", "graded_at", "graded", "flags"]


def _cells(row: Row) -> list[str]:
    entry = row.entry
    words = map(defused, (row.key, row.name, row.email, entry.name))
    numbers = [cell for one in row.grade.assignments for cell in _numbers(one)]
    total = number(row.total) if row.known else ""
    return [
        *words,
        *numbers,
        total,
        defused(entry.submitted_at),
        entry.started,
        "now" if entry.fresh else "earlier",
        defused("; ".join(row.flags)),
    ]


def _numbers(grade: AssignmentGrade) -> list[str]:
    tasks = ["" if line.earned is None else number(line.earned) for line in grade.lines]
    if not grade.known:
        return [*tasks, "", "", ""]
    late = grade.late
    return [*tasks, str(late.days), number(late.deduction), number(grade.total)]


def number(points: float) -> str:
    """Points with as many digits as they need."""
    return f"{round(points, 4):g}"

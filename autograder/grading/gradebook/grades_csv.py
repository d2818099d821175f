"""The rows of the gradebook, one for each student, and grades.csv."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.config import Course
from checkkit.text import defused, one_line

from .grades import AssignmentGrade, StudentGrade, SubmissionGrades


@dataclass(frozen=True)
class Row:
    """One student of one submission, or a submission of unknown students.

    `others` are the names of other submissions of the same student.
    """

    submission: SubmissionGrades
    grade: StudentGrade
    others: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The student's id, else the submission's name."""
        student = self.grade.student
        return one_line(student.id) if student else self.submission.result.name

    @property
    def kind(self) -> str:
        """What the key is."""
        return self.grade.student.kind if self.grade.student else "name of the submission"

    @property
    def name(self) -> str:
        return one_line(self.grade.student.name) if self.grade.student else ""

    @property
    def email(self) -> str:
        return one_line(self.grade.student.email) if self.grade.student else ""

    @property
    def flags(self) -> tuple[str, ...]:
        """Those of the submission, and other submissions of the same student."""
        twice = (f"also handed in: {' '.join(self.others)}",) if self.others else ()
        return twice + self.submission.flags


def rows_of(submissions: Iterable[SubmissionGrades]) -> list[Row]:
    """The rows of all submissions, sorted by name, whatever order they were graded in."""
    rows = [Row(submission, grade) for submission in submissions for grade in submission.students]
    names: dict[str, list[str]] = {}
    for row in rows:
        if row.grade.student:
            names.setdefault(row.key, []).append(row.submission.result.name)
    rows = [
        Row(
            row.submission,
            row.grade,
            tuple(n for n in names.get(row.key, ()) if n != row.submission.result.name),
        )
        for row in rows
    ]
    return sorted(
        rows,
        key=lambda row: ((row.name or row.key).casefold(), row.key, row.submission.result.name),
    )


def grades_csv(rows: Sequence[Row]) -> str:
    """The gradebook as CSV (RFC 4180; UTF-8); its columns depend only on grading.yaml.

    `student` is the student's id, or the submission's name if its students are unknown; `id_kind`
    says what this is. A task's cell is empty if it is not graded yet or its points wait for a
    person; `flags` says which. So are the cells of lateness if no time is known. A total is the sum
    of the cells minus the deduction for lateness, and at least 0. `graded` says whether the row
    comes from this run or from an earlier one.
    """
    if not rows:
        return ""
    return csv_text([columns(rows[0].submission.result.scope.course), *map(_cells, rows)])


def columns(course: Course) -> list[str]:
    """The first line."""
    names = ["student", "id_kind", "name", "email", "submission"]
    for assignment in course.assignments:
        names += [task.id for task in assignment.tasks]
        names += [f"{assignment.id}_{what}" for what in ("late_days", "late_deduction", "total")]
    return [*names, "total", "submitted_at", "graded_at", "graded", "flags"]


def _cells(row: Row) -> list[str]:
    result = row.submission.result
    return [
        *map(defused, (row.key, row.kind, row.name, row.email, result.name)),
        *(cell for one in row.grade.assignments for cell in _numbers(one)),
        number(row.grade.total) if row.grade.graded else "",
        defused(_handed_in(row.grade)),
        result.started,
        "now" if result.fresh else "earlier",
        defused("; ".join(row.flags)),
    ]


def _handed_in(grade: StudentGrade) -> str:
    """When the assignments that checks grade came: one time, unless staff say otherwise."""
    of_checks = (one for one in grade.assignments if one.assignment.graded_by_checks)
    times = dict.fromkeys(one.handed_in.isoformat() for one in of_checks if one.handed_in)
    return "; ".join(times)


def _numbers(grade: AssignmentGrade) -> list[str]:
    tasks = ["" if task.earned is None else number(task.earned) for task in grade.tasks]
    if not grade.graded:
        return [*tasks, "", "", ""]
    late = grade.late
    known = [str(late.days), number(late.deduction)] if late.known else ["", ""]
    return [*tasks, *known, number(grade.total)]


def number(points: float) -> str:
    """Points with as many digits as they need."""
    return f"{round(points, 4):g}"


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as the text of a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()

"""The rows of the gradebook, one for each student, and grades.csv."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.config import Course
from autograder.grading.intake import SubmissionSource
from checkkit.points import written
from checkkit.text import defused, one_line

from .grades import AssignmentGrade, StudentGrade, SubmissionGrades
from .input_tables import BadTable


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


def keys_of(source: SubmissionSource) -> list[str]:
    """The keys of the rows that a submission will have."""
    return [one_line(student.id) for student in source.students] or [source.name]


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
    of the points minus the deduction for lateness, and at least 0: the cells add up. In an
    assignment with bonus tasks, the sum has the bonus that counts in place of their points.
    `graded` says whether the row comes from this run or from an earlier one.
    """
    if not rows:
        return ""
    return csv_text([columns(rows[0].submission.result.scope.course), *map(_cells, rows)])


def students_in(path: Path) -> set[str]:
    """The `student` cells of a gradebook that an earlier run wrote; none if there is no such file.

    Raises:
        BadTable: it cannot be read, so that nobody knows whose grades a new one would lack.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            if "student" in (table.fieldnames or ["student"]):
                return {row["student"] or "" for row in table}
        problem = "it has no column student"
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except (ValueError, csv.Error) as error:
        problem = one_line(str(error))
    raise BadTable([f"{path} cannot be read: {problem}; move it away, or choose another folder"])


def columns(course: Course) -> list[str]:
    """The first line."""
    names = ["student", "id_kind", "name", "email", "submission"]
    for assignment in course.assignments:
        names += [task.id for task in assignment.tasks]
        bonus = ["bonus"] if any(task.bonus for task in assignment.tasks) else []
        more = (*bonus, "late_days", "late_deduction", "total")
        names += [f"{assignment.id}_{what}" for what in more]
    return [*names, "total", "submitted_at", "graded_at", "graded", "flags"]


def _cells(row: Row) -> list[str]:
    result = row.submission.result
    return [
        *map(defused, (row.key, row.kind, row.name, row.email, result.name)),
        *(cell for one in row.grade.assignments for cell in _numbers(one)),
        written(row.grade.total) if row.grade.graded else "",
        defused(row.grade.handed_in),
        result.started,
        "now" if result.fresh else "earlier",
        defused("; ".join(row.flags)),
    ]


def _numbers(grade: AssignmentGrade) -> list[str]:
    tasks = ["" if task.earned is None else written(task.earned) for task in grade.tasks]
    has_bonus = any(one.task.bonus for one in grade.tasks)
    if not grade.graded:
        return [*tasks, *[""] * has_bonus, "", "", ""]
    tasks += [written(grade.bonus)] * has_bonus
    late = grade.late
    known = [str(late.days), written(late.deduction)] if late.known else ["", ""]
    return [*tasks, *known, written(grade.total)]


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as the text of a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()

"""The rows of the gradebook: one for each student."""

from collections.abc import Iterable
from dataclasses import dataclass

from checkkit.text import one_line

from .grades import StudentGrade, SubmissionGrades


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

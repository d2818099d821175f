"""One row a student: what the gradebook, Canvas and the table on the page over all have alike."""

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.grading.gradebook.grades import StudentGrade
from checkkit.text import one_line

from .grades import SubmissionGrades


@dataclass(frozen=True)
class Row:
    """One student of one submission, or a submission of which nobody knows whose it is."""

    entry: SubmissionGrades
    grade: StudentGrade
    elsewhere: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The student's id, else the submission's name."""
        student = self.grade.student
        return one_line(student.id) if student else self.entry.name

    @property
    def name(self) -> str:
        student = self.grade.student
        return one_line(student.name) if student else ""

    @property
    def email(self) -> str:
        student = self.grade.student
        return one_line(student.email) if student else ""

    @property
    def flags(self) -> tuple[str, ...]:
        """Those of the submission, and other submissions of the same student."""
        twice = (f"also handed in: {' '.join(self.elsewhere)}",) if self.elsewhere else ()
        return twice + self.entry.flags

    @property
    def known(self) -> bool:
        """Something has been judged."""
        return any(assignment.known for assignment in self.grade.assignments)

    @property
    def total(self) -> float:
        """Over all assignments, after deductions."""
        return round(sum(assignment.total for assignment in self.grade.assignments), 6)


def rows_of(entries: Iterable[SubmissionGrades]) -> list[Row]:
    """The rows of all submissions, sorted by name, whatever order they were graded in."""
    rows = [Row(entry, grade) for entry in entries for grade in entry.each]
    places: dict[str, list[str]] = {}
    for row in rows:
        if row.grade.student:
            places.setdefault(row.key, []).append(row.entry.name)
    whole = [
        Row(
            row.entry,
            row.grade,
            tuple(n for n in places.get(row.key, ()) if n != row.entry.name),
        )
        for row in rows
    ]
    return sorted(
        whole, key=lambda row: ((row.name or row.key).casefold(), row.key, row.entry.name)
    )

"""canvas.csv: what Canvas takes under Gradebook, Import.

Its five columns about the student come first, then one column for each assignment, named by its
title in grading.yaml: Canvas matches assignments by their titles. Tasks get no column, because
Canvas would make an assignment of each.

- Canvas finds a student by SIS User ID, then by SIS Login ID, then by name. Rows of unknown
  students are left out: Canvas could only guess.
- A cell is empty until every task of the assignment that is worth points is graded, none waits for
  a person, and the run was isolated. Canvas would take a partial total for a grade.
- Rows and columns without any grade are left out, and so are students with several submissions:
  Canvas takes one grade.
"""

from collections.abc import Sequence

from checkkit.text import defused

from .grades import AssignmentGrade
from .grades_csv import Row, csv_text, number

STUDENT = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS = "    Points Possible"


def canvas_csv(rows: Sequence[Row]) -> str:
    """The file; only its headings if there is no grade that can count."""
    grades = [(row, cells) for row in rows if any(cells := _grades(row))]
    assignments = rows[0].submission.result.scope.course.assignments if rows else ()
    shown = [i for i, _ in enumerate(assignments) if any(cells[i] for _, cells in grades)]
    return csv_text(
        [
            [*STUDENT, *(defused(assignments[i].title) for i in shown)],
            [POINTS, "", "", "", "", *(number(assignments[i].points) for i in shown)],
            *([*_student(row), *(cells[i] for i in shown)] for row, cells in grades),
        ]
    )


def left_out(rows: Sequence[Row]) -> int:
    """How many rows are graded but have no grade for Canvas."""
    return sum(row.grade.graded and not any(_grades(row)) for row in rows)


def _student(row: Row) -> list[str]:
    """Canvas would take a name that contains the words of the second line for that line."""
    name = "" if POINTS.strip().casefold() in row.name.casefold() else row.name
    by_email = "@" in row.key
    login = row.email or (row.key if by_email else "")
    return [defused(cell) for cell in (name, "", "" if by_email else row.key, login, "")]


def _grades(row: Row) -> list[str]:
    """A cell for each assignment; no cells for rows that Canvas could only guess."""
    if row.others or not row.grade.student:
        return []
    return [_cell(row, grade) for grade in row.grade.assignments]


def _cell(row: Row, grade: AssignmentGrade) -> str:
    complete = row.submission.result.of_record and all(
        task.earned is not None
        and (task.by_person or task.task.id not in row.submission.incomplete)
        for task in grade.tasks
        if task.task.points
    )
    return f"{round(grade.total, 2):g}" if complete else ""

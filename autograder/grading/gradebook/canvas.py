"""canvas.csv: what Canvas takes under Gradebook, Import.

Its five columns about the student come first, then one column for each assignment, named by the
title that it has in grading.yaml: where Canvas has an assignment of that title, it is that one.
Tasks get no column, for Canvas would make an assignment of each.

- Canvas finds a student by SIS User ID, then by SIS Login ID, then by name. Rows of which nobody
  knows whose they are stay out: they could only be guessed.
- A cell is empty until every task of the assignment that is worth points has been judged, none
  waits for a person, and the run was isolated. Partial totals would be taken for grades.
- Rows and columns without any grade stay out, and so does who handed in more than once: Canvas
  takes one grade.
"""

import csv
import io
from collections.abc import Sequence

from autograder.grading.gradebook.grades import AssignmentGrade
from checkkit.text import defused

from .grades import BY_PEOPLE
from .grades_csv import number
from .rows import Row

STUDENT = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS = "    Points Possible"


def canvas_csv(rows: Sequence[Row]) -> str:
    """The file; without any grade that can count, its headings alone."""
    grades = [
        (row, [_grade(row, one) for one in row.grade.assignments])
        for row in rows
        if row.grade.student and not row.elsewhere
    ]
    grades = [(row, cells) for row, cells in grades if any(cells)]
    assignments = rows[0].entry.scope.course.assignments if rows else ()
    shown = [i for i, _ in enumerate(assignments) if any(cells[i] for _, cells in grades)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*STUDENT, *(defused(assignments[i].title) for i in shown)])
    writer.writerow([POINTS, "", "", "", "", *(number(assignments[i].points) for i in shown)])
    for row, cells in grades:
        writer.writerow([*_student(row), *(cells[i] for i in shown)])
    return text.getvalue()


def left_out(rows: Sequence[Row]) -> int:
    """How many rows have something judged and yet no grade for Canvas."""
    return sum(
        row.known
        and (
            not row.grade.student
            or bool(row.elsewhere)
            or not any(_grade(row, one) for one in row.grade.assignments)
        )
        for row in rows
    )


def _student(row: Row) -> list[str]:
    """A name that has the words of the second line in it would be taken for that line."""
    name = "" if POINTS.strip().casefold() in row.name.casefold() else row.name
    by_email = "@" in row.key
    login = row.email or (row.key if by_email else "")
    return [defused(cell) for cell in (name, "", "" if by_email else row.key, login, "")]


def _grade(row: Row, grade: AssignmentGrade) -> str:
    entry = row.entry
    whole = entry.of_record and all(
        line.earned is not None
        and (line.source in BY_PEOPLE or line.task.id not in entry.incomplete)
        for line in grade.lines
        if line.task.points
    )
    return f"{round(grade.total, 2):g}" if whole else ""

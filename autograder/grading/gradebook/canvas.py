"""canvas.csv: what Canvas takes under Gradebook, Import.

Its five columns about the student come first, then one column for each assignment, named by its
title in grading.yaml: Canvas matches assignments by their titles. Tasks get no column, because
Canvas would make an assignment of each.

- Canvas finds a student by ID, its own number of a user; then by SIS User ID, SIS Login ID and name
  (lib/gradebook_importer.rb of canvas-lms). An id is written only to the column of its kind.
  The name is for people: with the id in brackets, it is nobody's name in Canvas.
- A cell is empty until every task of the assignment that is worth points is graded, none waits for
  a person, and the run was isolated. Canvas would take a partial total for a grade. If staff want
  one (`partial`), tasks that are graded for nobody and checks that the run leaves out are not
  waited for, and their points are not possible.
- Bonus points are in the grade and not in the points possible, so a grade may exceed these. Of a
  bonus that people mark, no row in their table means that none was handed in.
- Rows whose student Canvas could only guess, and rows without any grade, are left out. `left_out`
  says why.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from autograder.config import Course
from autograder.grading.intake import IdKind
from checkkit.points import written
from checkkit.text import defused

from .grades import AssignmentGrade, TaskGrade, possible_in, sum_of_possible
from .grades_csv import Row, csv_text

STUDENT = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS = "    Points Possible"
COLUMNS = {IdKind.CANVAS: "ID", IdKind.SIS: "SIS User ID", IdKind.LOGIN: "SIS Login ID"}
OF_CONFIG = {"sid": IdKind.GRADESCOPE, "email": IdKind.EMAIL, "nbgrader": IdKind.NBGRADER}
OF_CANVAS = {"sis": IdKind.SIS, "login": IdKind.LOGIN}
# Canvas drops separators from a cell that it takes for a number: of 1.234.5 it makes 1234.5.
NUMBER = re.compile(r"-?[0-9.,]+%?")

NOT_RUN, NOT_GRADED = "not all checks ran", "not graded"
INCOMPLETE = (NOT_RUN, NOT_GRADED)  # how reasons begin for which `partial` may be a remedy

Ids = dict[str, str]  # a cell for each column


def canvas_csv(rows: Sequence[Row], partial: bool = False) -> str:
    """The file; only its headings if there is no grade that can count."""
    wanted = _wanted(rows, partial)
    reasons = _reasons(rows, wanted)
    filled = [(row, [_cell(row, one, wanted) for one in row.grade.assignments]) for row in rows]
    filled = [pair for pair, reason in zip(filled, reasons, strict=True) if not reason]
    assignments = rows[0].submission.result.scope.course.assignments if rows else ()
    shown = [i for i, _ in enumerate(assignments) if any(cells[i] for _, cells in filled)]
    points = [sum_of_possible(wanted, assignments[i].tasks) for i in shown]
    return csv_text(
        [
            [*STUDENT, *(defused(assignments[i].title) for i in shown)],
            [POINTS, "", "", "", "", *map(written, points)],
            *([*_student(row), *(cells[i] for i in shown)] for row, cells in filled),
        ]
    )


def left_out(rows: Sequence[Row], partial: bool = False) -> dict[str, list[str]]:
    """The reasons why rows are left out, each with the names of its rows."""
    named: dict[str, list[str]] = {}
    for row, reason in zip(rows, _reasons(rows, _wanted(rows, partial)), strict=True):
        if reason:
            named.setdefault(reason, []).append(f"{row.name} ({row.key})" if row.name else row.key)
    return named


def _wanted(rows: Sequence[Row], partial: bool) -> dict[str, float]:
    """The points of the tasks that a grade must have."""
    of_run = possible_in(row.grade for row in rows) if partial else None
    return {
        task.id: task.points if of_run is None else of_run.get(task.id, 0.0)
        for row in rows[:1]
        for task in row.submission.result.scope.course.tasks
        if not (task.bonus and task.kind == "manual")
    }


def _reasons(rows: Sequence[Row], wanted: Mapping[str, float]) -> list[str]:
    """Why each row is left out, or nothing."""
    reasons = [_why_unknown(row) or _why_no_grade(row, wanted) for row in rows]
    ids = [{} if reason else _ids(row) for row, reason in zip(rows, reasons, strict=True)]
    used = Counter((column, cell) for one in ids for column, cell in one.items())
    return [
        next((f"another row has the same {c}" for c, cell in own.items() if used[c, cell] > 1), "")
        if own
        else reason
        for own, reason in zip(ids, reasons, strict=True)
    ]


# ----------------------------------------------------------------------------------- the student


def _student(row: Row) -> list[str]:
    ids = _ids(row)
    who = f"{row.name} ({row.key})" if row.name else row.key
    # Canvas would take a name that contains the words of the second line for that line.
    name = "" if POINTS.strip().casefold() in who.casefold() else defused(who)
    return [name, *(ids.get(column, "") for column in STUDENT[1:])]


def _ids(row: Row) -> Ids:
    """The cells that Canvas knows the student by: never one of a kind that Canvas does not have."""
    student, course = row.grade.student, row.submission.result.scope.course
    if student is None:
        return {}
    ids = [(student.kind, row.key), (IdKind.EMAIL, row.email)]
    columns = ((COLUMNS.get(_in_canvas(kind, course)), value) for kind, value in ids if value)
    found: Ids = {}
    for column, value in columns:
        if column and _is_kept(column, value):
            found.setdefault(column, value)
    return found


def _in_canvas(kind: IdKind, course: Course) -> IdKind:
    """What ids of a kind are in Canvas, by grading.yaml."""
    same = {OF_CONFIG[ours]: OF_CANVAS[theirs] for ours, theirs in course.canvas_ids.items()}
    return same.get(kind, kind)


def _is_kept(column: str, value: str) -> bool:
    """Whether Canvas reads the cell as it is written."""
    if column == "ID":
        return value.isascii() and value.isdecimal()
    return defused(value) == value and (value.isdecimal() or not NUMBER.fullmatch(value))


def _why_unknown(row: Row) -> str:
    student = row.grade.student
    if student is None:
        return "the student is unknown"
    if row.others:
        return "several submissions of one student; grade only one of them"
    if _ids(row):
        return ""
    if COLUMNS.get(_in_canvas(student.kind, row.submission.result.scope.course)):
        return "Canvas would read the id as a number or a formula"
    remedy = "; see canvas_ids in grading.yaml" if student.kind in OF_CONFIG.values() else ""
    return f"known by {student.kind}, for which canvas.csv has no column{remedy}"


# ------------------------------------------------------------------------------------- the grades


def _why_no_grade(row: Row, wanted: Mapping[str, float]) -> str:
    """Why no assignment of a row has a grade for Canvas."""
    result = row.submission.result
    if not result.of_record:
        return "graded without isolation, so not of record"
    reasons = [next(_missing(row, one, wanted), "") for one in row.grade.assignments]
    if not all(reasons):
        return ""
    return "could not be graded" if result.problem else reasons[0]


def _missing(row: Row, grade: AssignmentGrade, wanted: Mapping[str, float]) -> Iterator[str]:
    """What an assignment still needs before its total can count.

    A task is complete if it can give as many points as are wanted of it.
    """
    submission, course = row.submission, row.submission.result.scope.course
    if grade.lacks_time and course.late_policy(grade.assignment):
        yield f"lateness unknown, {grade.late.text}; give --times"
    tasks = [one for one in grade.tasks if wanted.get(one.task.id) and not one.by_person]
    if not tasks and not any(one.by_person for one in grade.tasks):
        yield "nothing of it was graded in this run"
    left_out = {o.task.id for o in tasks if o.earned is None or submission.result.stopped}
    for words, names in (
        ("points wait for a person", submission.pending),
        (
            NOT_RUN,
            submission.incomplete & left_out | {o.task.id for o in tasks if _lacks(o, wanted)},
        ),
        (NOT_GRADED, {one.task.id for one in tasks if one.earned is None}),
    ):
        if some := [one.task.id for one in tasks if one.task.id in names]:
            yield f"{words}: {' '.join(some)}"


def _lacks(grade: TaskGrade, wanted: Mapping[str, float]) -> bool:
    """Checks have graded it, and not all of them ran."""
    return grade.earned is not None and grade.possible < wanted[grade.task.id] - 1e-9


def _cell(row: Row, grade: AssignmentGrade, wanted: Mapping[str, float]) -> str:
    complete = row.submission.result.of_record and not any(_missing(row, grade, wanted))
    return written(grade.total) if complete else ""

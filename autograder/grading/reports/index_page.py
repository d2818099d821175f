"""The page: first what needs a person, then how everybody did, then each one."""

from collections.abc import Sequence
from urllib.parse import quote

from autograder.config import Assignment, Part
from autograder.grading.gradebook.canvas import left_out
from autograder.grading.gradebook.grades import SubmissionGrades
from autograder.grading.gradebook.rows import Row, rows_of

from .index_statistics import histograms, task_figures, times
from .staff_pages import staff_page

SCRIPTS = ("sort.js", "search.js", "ask.js")


def overview_page(entries: Sequence[SubmissionGrades], formats: Sequence[str] = ("plain",)) -> str:
    """The HTML of index.html."""
    rows = rows_of(entries)
    order = list({row.entry.name: row.entry for row in rows}.values())
    columns = _columns(rows)
    return staff_page(
        "index.html",
        SCRIPTS,
        rows=rows,
        entries=order,
        places={entry.name: i for i, entry in enumerate(order)},
        columns=columns,
        points_of=_points,
        urgent=[entry for entry in order if entry.urgent],
        flagged=flagged(rows),
        late=sum(any(one.late.days for one in row.grade.assignments) for row in rows),
        histograms=histograms(rows),
        tasks=task_figures(order),
        times=times(order),
        earlier=sum(not entry.fresh for entry in order),
        of_record=all(entry.of_record for entry in order),
        canvas=left_out(rows) if "canvas" in formats else None,
        address=quote,
    )


def flagged(rows: Sequence[Row]) -> int:
    """How many rows are flagged for more than what the whole run did without, as training."""
    everybodys = all(_not_run(row) for row in rows if not row.entry.problem)
    return sum(len(row.flags) > (everybodys and _not_run(row)) for row in rows)


def _not_run(row: Row) -> int:
    return sum(flag.startswith("not run: ") for flag in row.flags)


def _columns(rows: Sequence[Row]) -> list[tuple[Assignment, list[Part]]]:
    """The assignments and parts of which something was asked or judged."""
    asked = {name for row in rows for name in row.entry.scope.tasks}
    judged = {
        line.task.id
        for row in rows
        for one in row.grade.assignments
        for line in one.lines
        if line.earned is not None
    }
    course = rows[0].entry.scope.course if rows else None
    shown = [
        (assignment, [p for p in assignment.parts if {t.id for t in p.tasks} & (asked | judged)])
        for assignment in (course.assignments if course else ())
    ]
    return [(assignment, parts) for assignment, parts in shown if parts]


def _points(row: Row, part: Part) -> float | None:
    """What a student has of a part; None where nothing of it was judged."""
    names = {task.id for task in part.tasks}
    earned = [
        line.earned
        for one in row.grade.assignments
        for line in one.lines
        if line.task.id in names and line.earned is not None
    ]
    return sum(earned) if earned else None

"""index.html: first what needs a person, then statistics, then each student."""

from collections.abc import Sequence
from statistics import median
from urllib.parse import quote

from autograder.config import Assignment, Part
from autograder.grading.gradebook.canvas import left_out
from autograder.grading.gradebook.grades import SubmissionGrades
from autograder.grading.gradebook.rows import Row, rows_of

from .index_statistics import histograms, task_statistics
from .staff_pages import staff_page

SCRIPTS = ("sort.js", "search.js", "ask.js")


def index_page(submissions: Sequence[SubmissionGrades], formats: Sequence[str] = ("plain",)) -> str:
    """The HTML of index.html."""
    rows = rows_of(submissions)
    # In the order of the rows, once each.
    ordered = list({row.submission.result.name: row.submission for row in rows}.values())
    results = [submission.result for submission in ordered]
    judged = [result for result in results if result.seconds]
    return staff_page(
        "index.html",
        SCRIPTS,
        rows=rows,
        submissions=ordered,
        places={result.name: i for i, result in enumerate(results)},
        columns=_columns(rows),
        points_of=_points,
        urgent=[submission for submission in ordered if submission.urgent],
        flagged=flagged(rows),
        late=sum(any(one.late.days for one in row.grade.assignments) for row in rows),
        histograms=histograms(rows),
        tasks=task_statistics(ordered),
        seconds=sum(result.seconds for result in results),
        median_seconds=median(result.seconds for result in judged) if judged else 0.0,
        longest=max(judged, key=lambda result: result.seconds, default=None),
        earlier=sum(not result.fresh for result in results),
        of_record=all(result.of_record for result in results),
        canvas=left_out(rows) if "canvas" in formats else None,
        address=quote,
    )


def flagged(rows: Sequence[Row]) -> int:
    """How many rows have a flag, not counting checks (of training) that ran for nobody."""
    nobody = all(_not_run(row) for row in rows if not row.submission.result.problem)
    return sum(len(row.flags) > (nobody and _not_run(row)) for row in rows)


def _not_run(row: Row) -> bool:
    return any(flag.startswith("not run: ") for flag in row.flags)


def _columns(rows: Sequence[Row]) -> list[tuple[Assignment, list[Part]]]:
    """The assignments and parts that are in scope or graded."""
    shown = {name for row in rows for name in row.submission.result.scope.tasks}
    shown |= {
        name for row in rows for name, grade in row.grade.tasks.items() if grade.earned is not None
    }
    course = rows[0].submission.result.scope.course if rows else None
    columns = [
        (assignment, [part for part in assignment.parts if {t.id for t in part.tasks} & shown])
        for assignment in (course.assignments if course else ())
    ]
    return [(assignment, parts) for assignment, parts in columns if parts]


def _points(row: Row, part: Part) -> float | None:
    """What a student has of a part; None if nothing of it is graded."""
    grades = row.grade.tasks
    earned = [points for task in part.tasks if (points := grades[task.id].earned) is not None]
    return sum(earned) if earned else None

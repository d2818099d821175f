"""The table at the end of a run."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from autograder.config import Part
from autograder.grading.gradebook.grades import possible_in, sum_of_possible
from autograder.grading.gradebook.grades_csv import Row
from autograder.grading.judging.result import SubmissionResult
from checkkit.points import with_bonus, written
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import cards
from checkkit.text import one_line

COLOURS = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "red",
    Outcome.NOT_ATTEMPTED: "yellow",
    Outcome.BLOCKED: "yellow",
    Outcome.TIMED_OUT: "red",
    Outcome.CRASHED: "red",
    Outcome.BROKE_PROTOCOL: "magenta",
    Outcome.NOT_RUN: "bright_black",
    Outcome.REVIEW: "cyan",
    Outcome.GRADER_ERROR: "bold white on red",
}


def table(rows: Sequence[Row]) -> Table:
    """The totals of grades.csv, by part and over all, and how many checks ended in which way.

    One row a submission, or one for each of its students if their grades differ.
    """
    not_of_record = any(not row.submission.result.of_record for row in rows)
    shown = Table(title="Not of record: graded without isolation" if not_of_record else None)
    shown.add_column("submission", overflow="fold")
    course = rows[0].submission.result.scope.course
    possible = possible_in(row.grade for row in rows)
    parts = [p for one in course.assignments for p in one.parts if _is_worth(possible, p)]
    late = any(one.late.deduction for row in rows for one in row.grade.assignments)
    for part in parts:
        points = written(sum_of_possible(possible, part.tasks))
        shown.add_column(Text(f"{part.id}\n/ {points}"), justify="right")
    if late:
        shown.add_column("late", justify="right")
    points = Text(f"total\n/ {written(sum_of_possible(possible, course.tasks))}")
    shown.add_column(points, justify="right", style="bold")
    shown.add_column("checks")
    shown.add_column("seconds", justify="right")
    for row in _one_each(rows):
        result = row.submission.result
        name = f"{result.name}: {row.key}" if row.submission.differ else result.name
        cells = [Text(_earned(row, part)) for part in parts]
        if late:
            deduction = sum(one.late.deduction for one in row.grade.assignments)
            cells.append(Text(f"-{written(deduction)}" if deduction else ""))
        counted = with_bonus(row.grade.total, row.grade.bonus)
        total = Text(counted if row.grade.graded else "-")
        seconds = Text(f"{result.seconds:.1f}")
        shown.add_row(Text(name), *cells, total, _outcomes(result), seconds)
    return shown


def _one_each(rows: Sequence[Row]) -> list[Row]:
    """The rows, without those of further students who have the same grades."""
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row.submission.result.name, row.key if row.submission.differ else "")
        first.setdefault(key, row)
    return list(first.values())


def _is_worth(possible: Mapping[str, float], part: Part) -> bool:
    return any(possible.get(task.id) for task in part.tasks)


def _earned(row: Row, part: Part) -> str:
    """Points of a part; "-" if nothing of it is graded."""
    earned = [row.grade.tasks[task.id].earned for task in part.tasks]
    graded = [points for points in earned if points is not None]
    return written(sum(graded)) if graded else "-"


def _outcomes(result: SubmissionResult) -> Text:
    if result.problem:
        return Text(result.problem, style="bold red")
    counts = result.counts().items()
    words = [Text(f"{n} {outcome}", style=COLOURS[outcome]) for outcome, n in counts]
    lines = [Text(one_line(card), style="bold red") for card in cards(result.results.values())]
    return Text("\n").join([*lines, Text(", ").join(words)])

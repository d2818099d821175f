"""The table that a run ends with."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from autograder.config import Part
from autograder.grading.judging.result import SubmissionResult
from checkkit.runner.outcomes import Outcome

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


def table(submissions: Sequence[SubmissionResult]) -> Table:
    """One row a submission: points by part, total, and how many checks ended in which way."""
    not_of_record = any(not graded.of_record for graded in submissions)
    shown = Table(title="Not of record: graded without isolation" if not_of_record else None)
    shown.add_column("submission", overflow="fold")
    scope = submissions[0].scope
    parts = [
        (assignment, part)
        for assignment in scope.course.assignments
        for part in assignment.parts
        if _points(scope.tasks, part)
    ]
    for _, part in parts:
        shown.add_column(Text(f"{part.id}\n/ {_points(scope.tasks, part):g}"), justify="right")
    shown.add_column(Text(f"total\n/ {submissions[0].possible:g}"), justify="right", style="bold")
    shown.add_column("checks")
    shown.add_column("seconds", justify="right")
    for graded in submissions:
        cells = [Text(f"{round(_earned(graded, part), 2):g}") for _, part in parts]
        total = Text("-" if graded.problem else f"{round(graded.total, 2):g}")
        seconds = Text(f"{graded.seconds:.1f}")
        shown.add_row(Text(graded.name), *cells, total, _outcomes(graded), seconds)
    return shown


def _points(tasks: Sequence[str], part: Part) -> float:
    return sum(task.points for task in part.tasks if task.id in tasks)


def _earned(graded: SubmissionResult, part: Part) -> float:
    names = {task.id for task in part.tasks}
    return sum(score.earned for score in graded.scores() if score.task.id in names)


def _outcomes(graded: SubmissionResult) -> Text:
    if graded.problem:
        return Text(graded.problem, style="bold red")
    pieces = []
    for outcome, count in graded.counts().items():
        pieces.append(Text(f"{count} {outcome}", style=COLOURS[outcome]))
    return Text(", ").join(pieces)

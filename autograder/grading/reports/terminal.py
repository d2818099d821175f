"""The table at the end of a run."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from autograder.config import Part
from autograder.grading.judging.result import SubmissionResult
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


def table(results: Sequence[SubmissionResult]) -> Table:
    """One row a submission: points by part, total, and how many checks ended in which way."""
    not_of_record = any(not result.of_record for result in results)
    shown = Table(title="Not of record: graded without isolation" if not_of_record else None)
    shown.add_column("submission", overflow="fold")
    scope = results[0].scope
    parts = [
        part
        for assignment in scope.course.assignments
        for part in assignment.parts
        if _points(scope.tasks, part)
    ]
    for part in parts:
        shown.add_column(Text(f"{part.id}\n/ {_points(scope.tasks, part):g}"), justify="right")
    shown.add_column(Text(f"total\n/ {results[0].possible:g}"), justify="right", style="bold")
    shown.add_column("checks")
    shown.add_column("seconds", justify="right")
    for result in results:
        cells = [Text(f"{round(_earned(result, part), 2):g}") for part in parts]
        total = Text("-" if result.problem else f"{round(result.total, 2):g}")
        seconds = Text(f"{result.seconds:.1f}")
        shown.add_row(Text(result.name), *cells, total, _outcomes(result), seconds)
    return shown


def _points(tasks: Sequence[str], part: Part) -> float:
    return sum(task.points for task in part.tasks if task.id in tasks)


def _earned(result: SubmissionResult, part: Part) -> float:
    names = {task.id for task in part.tasks}
    return sum(score.earned for score in result.scores() if score.task.id in names)


def _outcomes(result: SubmissionResult) -> Text:
    if result.problem:
        return Text(result.problem, style="bold red")
    counts = result.counts().items()
    words = [Text(f"{n} {outcome}", style=COLOURS[outcome]) for outcome, n in counts]
    lines = [Text(one_line(card), style="bold red") for card in cards(result.results.values())]
    return Text("\n").join([*lines, Text(", ").join(words)])

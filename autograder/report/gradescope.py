"""results.json in Gradescope's schema.

Students read `output` and `name`. Of a hidden check both say nothing but which task it belongs to,
and Gradescope shows it, and a total that includes it, as late as its `visibility` says.
"""

import json
from typing import Any

from autograder.config import Task
from autograder.judge.graded import Graded
from autograder.judge.scoring import TaskScore
from tests.seam.outcomes import Outcome
from tests.seam.results import CheckResult

WITHHELD = "The points of this task wait for a person to look at it."
MISSING = "Some checks did not run; their points are missing here."
UNSUPPORTED = "This counts once a check that tests the result itself passes too."


def results_json(graded: Graded) -> str:
    """The text of results.json for what has been judged so far; in one line until it is whole."""
    indent = 1 if graded.finished else None  # Python's encoder is slow where it indents
    return json.dumps(results(graded), indent=indent, allow_nan=False) + "\n"


def results(graded: Graded) -> dict[str, Any]:
    """results.json as a dict."""
    scores = list(graded.scores())
    return {
        "score": graded.total,
        "execution_time": round(graded.seconds, 3),
        "output": "\n".join(_preface(graded)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {
            "submission": graded.name,
            "max_score": graded.possible,
            "finished": graded.finished,
            "flags": graded.flags(),
            "isolation": graded.isolation,
            "of_record": graded.of_record,
            "seeds": graded.seeds,
            "started": graded.started,
            "not_run": [r.check for s in scores for r in s.results if _left_out(s, r)],
            "tasks": {s.task.id: _task(s) for s in scores},
        },
        "tests": [
            _test(score, result, f"{place}.{i}")
            for place, score in _numbered(graded, scores)
            for i, result in enumerate(score.results, 1)
            if not _left_out(score, result)
        ],
    }


def _numbered(graded: Graded, scores: list[TaskScore]) -> list[tuple[str, TaskScore]]:
    """Each score with the number of its part and task, as in "2.3"."""
    places = {
        task.id: f"{p}.{t}"
        for assignment in graded.scope.course.assignments
        for p, part in enumerate(assignment.parts, 1)
        for t, task in enumerate(part.tasks, 1)
    }
    return [(places[score.task.id], score) for score in scores]


def _left_out(score: TaskScore, result: CheckResult) -> bool:
    """Not run and worth nothing: a failed test on the platform would only alarm."""
    return result.outcome is Outcome.NOT_RUN and not score.shares[result.check]


def _task(score: TaskScore) -> dict[str, Any]:
    return {
        "score": score.earned,
        "max_score": score.task.points,
        "withheld": score.withheld,
        "visibility": score.task.visibility,
    }


def _test(score: TaskScore, result: CheckResult, number: str) -> dict[str, Any]:
    task = score.task
    return {
        "name": f"{task.title} ({number})" if task.hidden else f"{task.title}: {result.sentence}",
        "number": number,
        "score": round(score.points_of(result), 4),
        "max_score": round(score.shares[result.check], 4),
        "status": "passed" if result.outcome is Outcome.PASSED else "failed",
        "visibility": task.visibility,
        "output": "" if task.hidden else _output(score, result),
        "extra_data": {
            "task": task.id,
            "check": _number_in(task, number) if task.hidden else result.check,
            "outcome": str(result.outcome),
            "seconds": round(result.seconds, 3),
        },
    }


def _number_in(task: Task, number: str) -> str:
    """A name for a hidden check that does not say what it checks."""
    return f"{task.id}::{number.rpartition('.')[2]}"


def _output(score: TaskScore, result: CheckResult) -> str:
    if result.outcome is Outcome.PASSED:
        return WITHHELD if score.withheld else UNSUPPORTED if score.unsupported else ""
    words = [f"{str(result.outcome).capitalize()}.", result.message, result.hint]
    if result.outcome is Outcome.GRADER_ERROR:
        words = ["This check itself broke, which is not your fault."]
    return "\n\n".join([word for word in words if word] + [WITHHELD] * score.withheld)


def _preface(graded: Graded) -> list[str]:
    lines = []
    if graded.problem:
        lines.append(f"This submission could not be graded: {graded.problem}")
    if not graded.of_record:
        lines.append("Not of record: graded without isolation.")
    if graded.not_run:
        lines.append(MISSING)
    if not graded.finished and not graded.problem:
        lines.append("Grading has not finished; this is what is known so far.")
    if graded.from_starter:
        lines.append(
            f"Not handed in, so the starter's were taken: {', '.join(graded.from_starter)}"
        )
    if graded.ignored:
        lines.append(f"Ignored: {', '.join(graded.ignored)}")
    return lines

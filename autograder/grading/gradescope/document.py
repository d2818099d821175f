"""results.json on the platform: that of `reports.results_json`, within the platform's limits."""

import json
from collections.abc import Sequence
from typing import Any

from autograder.grading.gradebook.grades import SubmissionGrades
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.reports.results_json import results
from checkkit.points import in_points
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

MAX_OUTPUT = 90_000  # characters of output; the platform cuts after 100,000
MAX_PREFACE = 10_000
STEPS = (8000, 3000, 1000, 400, 100)
CUT = " [...]"

BROKEN = (
    "The autograder failed, which is not your fault. Your submission is kept. "
    "Please tell the staff: they can see what went wrong and run it again."
)
TIME_IS_UP = (
    "The time on this machine ran out before all checks had run; the points of the others are "
    "missing. If no check above timed out, please tell the staff."
)
STOPPED = (
    "Grading stopped several times, for example because memory ran out; the points of checks that "
    "did not run are missing. If your code does not need much memory, please tell the staff."
)
NOT_JUDGED = "Not judged: "


def document(grades: SubmissionGrades, notes: Sequence[str] = ()) -> str:
    """The text of results.json; `notes` come before everything else about the submission."""
    course = grades.result.scope.course
    data = results(grades, elsewhere=course.gradescope.leave_out)
    later = [t for name, t in course.auto_tasks.items() if name in course.gradescope.leave_out]
    titles = ", ".join(
        f"{task.title} ({in_points(task.points, task.bonus)})" for task in later if task.points
    )
    excluded = [f"Graded later, and not part of this score: {titles}"] if titles else []
    data["output"] = _cut("\n".join([*notes, *excluded, data["output"]]).rstrip(), MAX_PREFACE)
    _fit(data)
    indent = 1 if grades.result.finished else None  # Python's encoder is slow where it indents
    return json.dumps(data, indent=indent, allow_nan=False) + "\n"


def trouble(words: str = BROKEN) -> str:
    """The text of results.json where nothing could be graded."""
    plain = {"score": 0, "output": words, "output_format": "text", "stdout_visibility": "hidden"}
    return json.dumps({**plain, "tests": []}) + "\n"


def cut_short(result: SubmissionResult, why: str) -> list[CheckInfo]:
    """Nothing more is judged: give each check without a result one that says why; return these."""
    missing = [check for check in result.scope.checks if check.name not in result.results]
    for check in missing:
        result.results[check.name] = CheckResult(
            check.name,
            check.task,
            check.sentence,
            Outcome.NOT_RUN,
            check.hint,
            f"{NOT_JUDGED}{why}",
        )
    result.finished = result.stopped = True
    return missing


def _fit(data: dict[str, Any]) -> None:
    """Cut the outputs of tests, the longest first, until they fit together."""
    tests = data["tests"]
    for length in STEPS:
        if len(data["output"]) + sum(len(test["output"]) for test in tests) <= MAX_OUTPUT:
            return
        for test in tests:
            test["output"] = _cut(test["output"], length)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - len(CUT)] + CUT

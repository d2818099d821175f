"""results.json on the platform: what `report.gradescope` says, within the platform's bounds."""

import json
from collections.abc import Sequence
from typing import Any

from autograder.config import Course
from autograder.grading.gradebook.grades import SubmissionGrades
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.reports.gradescope import results
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

MOST = 90_000  # characters of output; the platform cuts after 100,000
PREFACE = 10_000
STEPS = (8000, 3000, 1000, 400, 100)
CUT = " [...]"

BROKEN = (
    "The autograder could not do its work, which is not your fault. Your submission is kept. "
    "Please tell the staff, who see what went wrong and can run it again."
)
TIME_IS_UP = (
    "The time on this machine ran out before everything was judged; the points of what was not "
    "judged are missing. If no check above timed out, please tell the staff."
)
STOPPED = (
    "Judging was stopped several times, as happens when memory runs out; the points of what was "
    "not judged are missing. If your code does not need much memory, please tell the staff."
)
NOT_JUDGED = "Not judged: "


def document(
    graded: SubmissionResult,
    marks: SubmissionGrades,
    course: Course,
    notes: Sequence[str] = (),
    indent: int | None = 1,
) -> str:
    """The text of results.json; `notes` go before what else is said of the whole submission."""
    found = results(graded, marks)
    said = [*notes, *_elsewhere(course), *filter(None, [found["output"]])]
    found["output"] = _cut("\n".join(said), PREFACE)
    _fit(found)
    return json.dumps(found, indent=indent, allow_nan=False) + "\n"


def trouble(words: str = BROKEN) -> str:
    """The text of results.json where nothing could be graded."""
    plain = {"score": 0, "output": words, "output_format": "text", "stdout_visibility": "hidden"}
    return json.dumps({**plain, "tests": []}) + "\n"


def cut_short(graded: SubmissionResult, why: str) -> None:
    """Nothing more is judged: what has no result gets one that says so, and costs its points."""
    for check in graded.scope.checks:
        if check.name not in graded.results:
            graded.results[check.name] = CheckResult(
                check.name,
                check.task,
                check.sentence,
                Outcome.NOT_RUN,
                check.hint,
                f"{NOT_JUDGED}{why}",
            )
    graded.finished = True


def _elsewhere(course: Course) -> list[str]:
    tasks = [
        task for name, task in course.auto_tasks.items() if name in course.gradescope.leave_out
    ]
    named = [f"{task.title} ({task.points:g} points)" for task in tasks if task.points]
    return [f"Graded later, and not part of this score: {', '.join(named)}"] if named else []


def _fit(found: dict[str, Any]) -> None:
    """Cut the outputs of tests, the longest first, until they fit together."""
    tests = found["tests"]
    for most in STEPS:
        if len(found["output"]) + sum(len(test["output"]) for test in tests) <= MOST:
            return
        for test in tests:
            test["output"] = _cut(test["output"], most)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(CUT)] + CUT

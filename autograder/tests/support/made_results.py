"""A graded submission made of results at will."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.config import load_course
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.result import Scope, SubmissionResult
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult, Curve, Images

NASTY = "\x1b[31m<script>alert(1)</script>\u202e [red]x[/red] 'seen' 1 expected 2"


@pytest.fixture
def made() -> Callable[..., SubmissionResult]:
    """A graded submission with the outcomes given by task; the first check is the only one."""

    def made(
        outcomes: dict[str, Outcome], message: str = NASTY, name: str = "anna", **fields
    ) -> SubmissionResult:
        course = load_course()
        checks = tuple(
            CheckInfo(f"test_{task.id}::test_claim", task.id, task.hidden, False)
            for task in course.auto_tasks.values()
        )
        graded = SubmissionResult(
            name, Path(name), Scope(course, checks, tuple(course.auto_tasks)), "bwrap", True
        )
        for check in checks:
            outcome = outcomes.get(check.task, Outcome.PASSED)
            words = "" if outcome is Outcome.PASSED else message
            sentence = f"The claim of {check.task}."
            graded.results[check.name] = CheckResult(
                check.name, check.task, sentence, outcome, "A `hint`.", words, "detail"
            )
        digits = graded.results["test_digits::test_claim"]
        noise = np.random.default_rng(0).random((100, 28, 28))
        digits.exhibits = [
            Images("Your digits", noise, tuple(str(i % 10) for i in range(100))),
            Curve("Training", {"loss": np.linspace(1, 0, 5000)}, "batch", "loss"),
        ]
        graded.finished = True
        for key, value in fields.items():
            setattr(graded, key, value)
        return graded

    return made

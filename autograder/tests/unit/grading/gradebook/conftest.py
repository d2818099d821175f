"""A small course, submissions of it as they are after grading, and tables as people write them."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from autograder.config import Course, load_course
from autograder.grading.gradebook.adjustments import Adjustments, adjustments_of
from autograder.grading.gradebook.staff_tables import read_tables
from autograder.grading.intake import Student, SubmissionSource
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.result import Scope, SubmissionResult
from autograder.tests.support.small_course import CLASS, COURSE, DUE, written
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "grading.yaml").write_text(COURSE)
    return load_course(tmp_path / "grading.yaml")


@pytest.fixture
def graded(course: Course) -> Callable[..., SubmissionResult]:
    """A submission that came so long after the date, with an outcome for each of its two tasks."""

    def graded(
        *students: Student,
        late: timedelta | None = None,
        outcomes: tuple[Outcome, Outcome] = (Outcome.PASSED, Outcome.PASSED),
        name: str = "submission_1",
        problem: str = "",
    ) -> SubmissionResult:
        checks = tuple(CheckInfo(f"test::test_{n}", n, False, False) for n in ("first", "second"))
        scope = Scope(course, checks, ("first", "second"))
        made = SubmissionResult(
            name, Path(name), scope, "bwrap", True, students=students, problem=problem
        )
        for check, outcome in zip(checks, outcomes, strict=True):
            made.results[check.name] = CheckResult(check.name, check.task, "Claim.", outcome)
        made.submitted_at = "" if late is None else (DUE + late).isoformat()
        made.finished = not problem
        return made

    return graded


@pytest.fixture
def read(course: Course, tmp_path: Path) -> Callable[..., Adjustments]:
    """Tables, given as text or bytes, as the autograder reads them; without a row left out."""

    def read(submissions: Sequence[SubmissionSource] = CLASS, **tables: str | bytes) -> Adjustments:
        adjustments, notices = adjustments_of(
            read_tables(written(tmp_path, tables), course), submissions
        )
        assert notices == []
        return adjustments

    return read

"""How long the next check of a submission may take, after time-outs before it."""

from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.grading.judging.checks import collect_checks
from autograder.grading.judging.result import Scope, SubmissionResult
from autograder.grading.judging.timeouts import (
    HOPELESS,
    LAST_SECONDS,
    MANY,
    ROW,
    is_over,
    time_limit,
)
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult


@pytest.fixture(scope="module")
def scope():
    course = load_course()
    return Scope(course, tuple(collect_checks().checks), tuple(course.auto_tasks))


@pytest.fixture
def graded(scope):
    """A submission of which so many checks of these tasks have ended in this way, in order."""

    def graded(*ended: tuple[str, int, Outcome]) -> SubmissionResult:
        graded = SubmissionResult("anna", Path("anna"), scope, "bwrap", True)
        for task, count, outcome in ended:
            fresh = [c for c in scope.checks_of[task] if c.name not in graded.results]
            for check in fresh[:count]:
                graded.results[check.name] = CheckResult(check.name, task, "", outcome)
        return graded

    return graded


def limit_of(scope, task: str) -> float:
    return scope.course.auto_tasks[task].time_limit


def test_honest_work_has_the_whole_limit(graded, scope):
    right = graded(*((task, 99, Outcome.PASSED) for task in scope.tasks))
    wrong = graded(*((task, 99, Outcome.FAILED) for task in scope.tasks))
    for task in scope.tasks:
        assert time_limit(right, task) == time_limit(wrong, task) == limit_of(scope, task)


@pytest.mark.parametrize(("late", "share"), [(1, 2), (2, 4), (3, 8), (4, 8)])
def test_each_time_out_halves_the_limit_of_its_own_task_down_to_an_eighth(
    graded, scope, late, share
):
    one = graded(("sample", late, Outcome.TIMED_OUT))
    assert time_limit(one, "sample") == limit_of(scope, "sample") / share
    assert time_limit(one, "schedule") == limit_of(scope, "schedule")


def test_what_builds_on_a_task_that_timed_out_has_an_eighth(graded, scope):
    one = graded(("forward", 1, Outcome.TIMED_OUT))
    assert "forward" in scope.course.auto_tasks["train_ddpm"].needs
    assert time_limit(one, "train_ddpm") == limit_of(scope, "train_ddpm") / 8


def test_many_time_outs_elsewhere_are_no_accident_and_spare_only_what_trains(graded, scope):
    few = graded(("sample", MANY - 1, Outcome.TIMED_OUT), ("denoiser", 1, Outcome.PASSED))
    many = graded(("sample", MANY, Outcome.TIMED_OUT), ("denoiser", 1, Outcome.PASSED))
    assert time_limit(few, "schedule") == limit_of(scope, "schedule")
    assert time_limit(many, "schedule") == limit_of(scope, "schedule") / 8
    assert time_limit(many, "train_ddpm") == limit_of(scope, "train_ddpm")


def test_after_a_long_row_of_time_outs_a_second_is_left_until_something_answers(graded):
    row = ("sample", ROW, Outcome.TIMED_OUT)
    assert time_limit(graded(row), "schedule") == LAST_SECONDS
    assert time_limit(graded(row), "train_ddpm") == LAST_SECONDS
    assert time_limit(graded(row, ("denoiser", 1, Outcome.PASSED)), "schedule") > LAST_SECONDS


def test_whole_tasks_in_a_row_that_answer_nothing_end_the_asking(graded, scope):
    names = [name for name in scope.tasks if len(scope.checks_of[name]) > 3][: HOPELESS + 1]
    ended = [(name, 99, Outcome.TIMED_OUT) for name in names[:HOPELESS]]
    assert is_over(graded(*ended))
    assert not is_over(graded(*ended[1:]))
    assert not is_over(graded(*ended[:-1], (names[HOPELESS - 1], 1, Outcome.TIMED_OUT)))
    first = (names[-1], 1, Outcome.PASSED)
    assert is_over(graded(first, *ended))
    assert not is_over(graded(*ended, first))
    assert not is_over(graded(*ended[:2], first, *ended[2:]))

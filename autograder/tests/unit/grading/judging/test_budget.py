"""How long checks and submissions may take."""

import time
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.grading.judging.budget import REST, OneCheck, time_limit
from autograder.grading.judging.checks import collect_checks
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.result import Scope, SubmissionResult
from checkkit.runner.outcomes import Outcome, TimedOut
from checkkit.runner.results import CheckResult


@pytest.fixture(scope="module")
def scope():
    course = load_course()
    return Scope(course, tuple(collect_checks().checks), tuple(course.auto_tasks))


@pytest.fixture
def graded(scope):
    """A submission of which so many checks of a task have ended, each after so many seconds."""

    def graded(*ended: tuple[str, int, Outcome, float]) -> SubmissionResult:
        graded = SubmissionResult("anna", Path("anna"), scope, "bwrap", True)
        for task, count, outcome, seconds in ended:
            for check in scope.checks_of[task][:count]:
                result = CheckResult(check.name, task, "", outcome, seconds=seconds)
                graded.results[check.name] = result
        return graded

    return graded


def limit_of(scope, task: str) -> float:
    return scope.course.auto_tasks[task].time_limit


# ------------------------------------------------------------------------------------ one check


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED])
def test_slow_code_that_answers_has_the_whole_limit_in_each_check(graded, scope, outcome):
    slow = graded(*((task, 99, outcome, 19.0) for task in scope.tasks))
    assert all(time_limit(slow, task) == limit_of(scope, task) for task in scope.tasks)


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.CRASHED, Outcome.BROKE_PROTOCOL])
def test_checks_without_an_answer_may_take_the_limit_once_and_an_eighth_after_that(
    graded, scope, outcome
):
    assert time_limit(graded(("sample", 2, outcome, 9.0)), "sample") == 20
    assert time_limit(graded(("sample", 2, outcome, 10.0)), "sample") == 20 * REST
    assert time_limit(graded(("sample", 2, outcome, 10.0)), "schedule") == 20


def test_what_needs_a_task_without_answers_has_an_eighth(graded, scope):
    one = graded(("forward", 1, Outcome.TIMED_OUT, 20.1))
    assert "forward" in scope.course.auto_tasks["train_ddpm"].needs
    assert time_limit(one, "train_ddpm") == limit_of(scope, "train_ddpm") * REST


class Sleepy:
    """A runner whose runs take as long as they may, or so many seconds."""

    def __init__(self, seconds: float):
        self.seconds, self.limits = seconds, []

    def run(self, probe, *, time_limit, **more):
        self.limits.append(time_limit)
        time.sleep(min(self.seconds, time_limit))
        if self.seconds >= time_limit:
            raise TimedOut("no answer")
        return {}


def test_all_runs_of_a_check_share_its_limit():
    runner = OneCheck(sleepy := Sleepy(0.2), 0.5)
    for _ in range(2):
        runner.run(None, time_limit=20.0, returns={}, seed=0)
    with pytest.raises(TimedOut, match="no answer; all runs of this check may"):
        runner.run(None, time_limit=20.0, returns={}, seed=0)
    with pytest.raises(TimedOut, match=r"^all runs of this check"):
        runner.run(None, time_limit=20.0, returns={}, seed=0)
    assert sleepy.limits == pytest.approx([0.5, 0.3, 0.1], abs=0.05)


# ------------------------------------------------------------------------------ a submission

CHECKS = '''
"""Checks of a task, each of which waits for the submission."""

import pytest


@pytest.mark.task("schedule")
@pytest.mark.parametrize("number", range(6))
def test_answer(submission, number):
    """It answers."""
    submission.run(None, returns={})
'''


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    """The folder of six checks of `schedule`."""
    folder = tmp_path_factory.mktemp("checks")
    (folder / "test_waiting.py").write_text(CHECKS)
    return folder


@pytest.fixture
def judged(waiting, scope):
    """Judge the six checks; each has a run that takes `each` seconds."""
    scope = Scope(scope.course, collect_checks([waiting]).checks, ("schedule",))
    one = SubmissionResult("anna", waiting, scope, "none", False)

    def judged(each: float, seconds: float, retried: bool = False) -> SubmissionResult:
        one.retried = ("test_schedule::test_endless",) if retried else ()
        judge = Judge("7", seconds=seconds, folders=[waiting])
        judge.judge(one, lambda item: Sleepy(each))
        return one

    return judged


def test_a_submission_that_has_used_its_time_is_asked_nothing_more(judged):
    one = judged(each=0.3, seconds=0.8)
    ends = [result.outcome for result in one.results.values()]
    assert ends == [Outcome.PASSED] * 2 + [Outcome.TIMED_OUT] * 4
    messages = [result.message for result in one.results.values()]
    assert messages[2] == "no answer"  # the third had what was left
    assert set(messages[3:]) == {"not run: this submission had used its 0.8 seconds"}
    assert 0.8 <= one.used < 1.2
    assert "not all checks ran: this submission had used its 0.8 seconds" in one.flags()


def test_a_submission_in_time_has_no_flag(judged):
    one = judged(each=0.01, seconds=5.0)
    assert set(one.counts()) == {Outcome.PASSED} and not one.out_of_time


def test_a_retry_has_as_much_time_again(judged):
    one = judged(each=0.3, seconds=0.7)
    one.results = {n: r for n, r in one.results.items() if r.outcome is not Outcome.TIMED_OUT}
    judged(each=0.1, seconds=0.7, retried=True)
    assert set(one.counts()) == {Outcome.PASSED}

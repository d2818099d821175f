"""Seeds, second tries and withheld points, with checks written for the purpose."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.grading.intake import Submission
from autograder.grading.judging.checks import collect_checks
from autograder.grading.judging.computing import ComputingLimit
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.result import Scope, SubmissionResult
from autograder.grading.judging.seeds import run_seed
from checkkit.runner.local import LocalRunner
from checkkit.runner.outcomes import Outcome

# One check a task, so that everything counts as judged; two of them do as they are told.
CHECKS = """
import pytest
from checkkit.runner import CheckFailed

def passing(name):
    @pytest.mark.task(name)
    def test():
        "A claim."
    return test

for name in {plain}:
    globals()[f"test_{{name}}"] = passing(name)

@pytest.mark.task("digits")
def test_digits(rng):
    "Digits."
    {digits}

@pytest.mark.task("schedule")
def test_schedule(rng):
    "A schedule."
    {schedule}
"""
RIGHT, BROKEN = "pass", "1 / 0"
WRONG = 'raise CheckFailed(f"wrong {rng.random()}")'
ENDLESS = "while True: pass"
LUCK = 'if rng.random() < 0.5: raise CheckFailed("bad luck")'


def runner_for(item: pytest.Item) -> LocalRunner:
    """Both workers in this very process."""
    return LocalRunner(REPOSITORY.solution)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., SubmissionResult]:
    course = load_course()

    @cache
    def scope_of(digits: str, schedule: str) -> tuple[Scope, Path]:
        plain = [name for name in course.auto_tasks if name not in ("digits", "schedule")]
        text = CHECKS.format(plain=plain, digits=digits, schedule=schedule)
        folder = tmp_path_factory.mktemp("checks")
        name = hashlib.sha256(f"{digits}{schedule}".encode()).hexdigest()[:12]
        (folder / f"test_{name}.py").write_text(text)
        collected = collect_checks([folder])
        assert not collected.problems
        return Scope(course, collected.checks, tuple(course.auto_tasks)), folder

    def judge(
        digits: str = RIGHT,
        schedule: str = RIGHT,
        name: str = "anna",
        seed: int = 0,
        plugins=(),
        observer: Observer | None = None,
        apart: tuple[str, ...] = (),
        content: str = "",
    ):
        """With `apart` these tasks are judged after all others, as hidden ones are."""
        scope, folder = scope_of(digits, schedule)
        graded = SubmissionResult(name, folder, scope, "none", False, content)
        judge = Judge(
            run_seed(seed), observer=observer or Observer(), folders=[folder], plugins=plugins
        )
        if apart:
            first = [check for check in scope.checks if check.task not in apart]
            judge.judge(graded, runner_for, first)
            assert {check.name for check in first} == graded.results.keys()
            judge.judge(graded, runner_for, [c for c in scope.checks if c not in first])
        else:
            judge.judge(graded, runner_for)
        graded.finished = True
        return graded

    return judge


def test_everything_right_is_full_marks_at_the_first_try(judge):
    graded = judge()
    assert graded.total == graded.possible == 100
    assert len(graded.seeds) == 1


def test_bad_luck_gets_a_second_try_on_another_seed(judge):
    tries = [judge(digits=LUCK, seed=seed) for seed in range(8)]
    assert {len(graded.seeds) for graded in tries} == {1, 2}
    assert all(len(set(graded.seeds)) == len(graded.seeds) for graded in tries)
    assert any(len(graded.seeds) == 2 and graded.total == 100 for graded in tries)


def test_failing_twice_with_all_else_right_goes_to_a_person(judge):
    graded = judge(digits=WRONG)
    assert len(graded.seeds) == 2
    assert graded.counts()[Outcome.REVIEW] == 1
    assert graded.total == 94
    assert graded.score_of("digits").withheld
    assert "review: digits" in graded.flags()


def test_each_result_is_observed_when_it_is_there_a_second_one_too(judge):
    heard = []

    class Ear(Observer):
        def result(self, graded, check):
            heard.append((check.task, check.outcome))

    judge(digits=WRONG, observer=Ear())
    of_digits = [outcome for task, outcome in heard if task == "digits"]
    assert of_digits == [Outcome.FAILED, Outcome.FAILED, Outcome.REVIEW]
    assert len(heard) == len(load_course().auto_tasks) + 2


def test_failing_with_something_else_wrong_is_a_failure_at_once(judge):
    graded = judge(digits=WRONG, schedule=WRONG)
    assert len(graded.seeds) == 1
    assert not graded.score_of("digits").withheld
    assert graded.counts()[Outcome.FAILED] == 2


def test_a_second_try_does_not_wait_for_checks_that_are_judged_later(judge):
    graded = judge(digits=WRONG, schedule=WRONG, apart=("schedule",))
    assert len(graded.seeds) == 2
    assert graded.counts()[Outcome.FAILED] == 2 and not graded.score_of("digits").withheld


def test_whether_a_person_rules_is_known_after_the_last_check(judge):
    heard = []

    class Ear(Observer):
        def result(self, graded, check):
            heard.append((check.task, check.outcome))

    graded = judge(digits=WRONG, apart=("schedule",), observer=Ear())
    assert "review: digits" in graded.flags() and graded.total == 94
    assert heard[-2:] == [("schedule", Outcome.PASSED), ("digits", Outcome.REVIEW)]


def test_a_later_check_gets_a_second_try_of_its_own(judge):
    graded = judge(digits=WRONG, apart=("digits",))
    assert len(graded.seeds) == 2 and "review: digits" in graded.flags()


def test_check_that_breaks_withholds_its_task_and_no_other(judge):
    graded = judge(schedule=BROKEN)
    assert graded.score_of("schedule").withheld
    assert graded.flags()[0] == "grader error: schedule"
    assert graded.total == 95
    assert graded.urgent


def test_a_reply_that_takes_too_long_to_check_costs_its_own_check(judge):
    graded = judge(schedule=ENDLESS, plugins=(ComputingLimit(0.2),))
    (late,) = [result for result in graded.results.values() if result.task == "schedule"]
    assert late.outcome is Outcome.BROKE_PROTOCOL
    assert "takes more than 0.2 seconds to check" in late.message
    assert graded.total == 95


def test_waiting_is_no_computing(judge):
    patient = judge(schedule="__import__('time').sleep(1)", plugins=(ComputingLimit(0.5),))
    assert patient.total == 100


def test_luck_depends_on_seed_and_name_and_content_and_on_nothing_else(judge):
    def message(**how) -> str:
        results = judge(schedule=WRONG, **how).results.values()
        return next(result.message for result in results if result.task == "schedule")

    assert message() == message()
    assert message() != message(seed=1)
    assert message() != message(name="ben")
    one, other = (
        Submission({"diffusion/ddpm.py": text}).digest() for text in (b"x = 1\n", b"x = 1  # one\n")
    )
    assert message(content=one) == message(content=one) != message(content=other)


def test_fresh_seeds_have_128_bits_and_differ():
    assert run_seed(None) != run_seed(None)
    assert len(run_seed(None)) == 32

"""When grading ends, what it says, and who is not to blame."""

from dataclasses import replace

import pytest

from autograder.grading.gradescope import run
from autograder.grading.gradescope.document import MAX_OUTPUT, STOPPED, TIME_IS_UP, _fit
from autograder.grading.gradescope.metadata import Metadata
from autograder.tests.support.graded_class import graded_class
from autograder.tests.support.gradescope.folder import results_in


def test_a_grading_yaml_that_cannot_be_used_is_nobodys_fault(place, monkeypatch, capsys):
    def broken():
        raise run.GradingError([])

    monkeypatch.setattr(run, "load_course", broken)
    run.grade(place)
    results = results_in(place)
    assert results["score"] == 0
    assert "not your fault" in results["output"]
    assert "cannot grade" in capsys.readouterr().out


@pytest.mark.parametrize("why", [TIME_IS_UP, STOPPED])
@pytest.mark.parametrize("hidden", [True, False])
def test_students_read_of_missing_checks_only_if_they_see_one_of_them(place, why, hidden):
    judged = replace(graded_class(1)[0], finished=False)
    writer = run.Writer(place / "results" / "results.json", Metadata())
    writer.begin(replace(judged, finished=True))
    whole = results_in(place)["output"]
    tasks = judged.scope.course.auto_tasks
    for check in judged.scope.checks:
        if tasks[check.task].hidden == hidden:
            judged.results.pop(check.name, None)
    writer = run.Writer(place / "results" / "results.json", Metadata())
    writer.begin(judged)
    writer.stop(why)
    output = results_in(place)["output"]
    assert (output == whole) == hidden and (why in output) != hidden
    assert writer.stopped == why  # for staff


def test_end_comes_before_that_of_the_platform(course):
    assert run.seconds_of(course) == course.gradescope.minutes * 60 - run.MARGIN


def test_checks_leave_time_for_reports_and_are_not_crowded_out_by_them():
    assert run.budget_of(540.0) == 480.0
    assert run.budget_of(60.0) == 30.0


def test_outputs_together_are_shorter_than_the_platform_shows():
    tests = [{"output": "x" * 9000} for _ in range(100)] + [{"output": "short"}]
    _fit({"output": "said", "tests": tests})
    assert sum(len(test["output"]) for test in tests) <= MAX_OUTPUT
    assert tests[-1]["output"] == "short"

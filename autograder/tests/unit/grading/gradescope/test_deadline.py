"""When grading ends, what it says, and who is not to blame."""

from autograder.grading.gradescope import run
from autograder.grading.gradescope.document import MAX_OUTPUT, _fit
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

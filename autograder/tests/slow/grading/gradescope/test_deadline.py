"""Grading ends by itself before the platform ends it, and then says what was not judged."""

from dataclasses import replace

import pytest

from autograder.grading.batch.run import LOST
from autograder.grading.gradescope import run
from autograder.grading.gradescope.document import STOPPED, TIME_IS_UP
from autograder.grading.gradescope.metadata import Metadata
from autograder.tests.support.graded_class import graded_class
from autograder.tests.support.gradescope.folder import results_in


@pytest.mark.usefixtures("grading_run")
@pytest.mark.parametrize(
    ("seconds", "rest", "why"),
    [
        pytest.param(
            60.0, run.REST, "not run: this submission had used its 30 seconds", id="budget"
        ),
        pytest.param(25.0, 0.0, "Not judged: The time", id="alarm"),
    ],
)
def test_what_was_judged_in_time_counts_and_the_rest_says_why(
    place, course, monkeypatch, capsys, seconds, rest, why
):
    """Its budget ends first, and the alarm ends what follows; or the alarm comes first."""
    left_out = tuple(name for name in course.auto_tasks if name not in ("denoiser", "schedule"))
    few = course.gradescope.model_copy(update={"leave_out": left_out})
    monkeypatch.setattr(run, "load_course", lambda: course.model_copy(update={"gradescope": few}))
    monkeypatch.setattr(run, "REST", rest)
    run.grade(place, seconds)
    results = results_in(place)
    assert TIME_IS_UP in results["output"]
    assert results["extra_data"]["finished"]
    cut = [test for test in results["tests"] if why in test["output"]]
    assert cut
    assert all(test["score"] == 0 for test in cut)
    assert results["extra_data"]["tasks"]["denoiser"]["score"] == 4
    assert results["score"] == pytest.approx(sum(t["score"] for t in results["tests"]), abs=1e-3)
    assert ("flag: not run: schedule" in capsys.readouterr().out) == (rest == 0)


@pytest.mark.usefixtures("grading_run")
def test_time_that_ends_before_the_first_check_is_nobodys_fault(place, capsys):
    run.grade(place, 0.05)
    assert "not your fault" in results_in(place)["output"]
    assert "the time ran out" in capsys.readouterr().out


@pytest.mark.usefixtures("grading_run")
def test_what_was_judged_stays_when_judges_die_of_the_rest(place):
    writer = run.Writer(place / "results" / "results.json", Metadata())
    first, again = (replace(graded_class(1)[0], finished=False) for _ in range(2))
    last = [check.name for check in first.scope.checks if not check.hidden][-1]
    first.results = {name: one for name, one in first.results.items() if name != last}
    again.results = dict(list(first.results.items())[:3])
    writer.begin(first)
    earned = results_in(place)["score"]
    writer.begin(again)
    writer.finish(replace(again, problem=LOST, results={}))
    results = results_in(place)
    assert earned > 0
    assert results["score"] == earned
    assert STOPPED in results["output"]
    assert results["extra_data"]["finished"]

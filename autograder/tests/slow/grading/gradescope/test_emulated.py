"""The zip on the imitation of the platform: honest, late, unfinished, hostile, greedy, endless."""

from datetime import timedelta

import pytest

from autograder.config.paths import REPOSITORY
from autograder.tests.support.gradescope.harness import MIB, TIMED_OUT, Limits
from autograder.tests.support.gradescope.modules import HANGS, HOSTILE, HUNGRY, KILLS, submitted
from autograder.tests.support.gradescope.shown import as_student, score, seen_tests, total_seen

WORTH = {"denoiser": 4, "schedule": 5, "hidden_schedule": 3}


def points(results):
    """What each task has earned."""
    return {name: task["score"] for name, task in results["extra_data"]["tasks"].items()}


def test_solution_has_full_marks_and_hidden_checks_wait(hand_in, tmp_path):
    outcome = hand_in(submitted(tmp_path / "handed-in"))
    assert outcome.status == 0, outcome.stdout
    results = outcome.results
    assert points(results) == WORTH
    assert score(results) == sum(WORTH.values())
    assert [total_seen(results, when) for when in ("before_due", "published")] == [None, 12]
    now, after = (seen_tests(results, when) for when in ("before_due", "published"))
    assert {test["extra_data"]["task"] for test in now} == {"schedule", "denoiser"}
    assert len(after) > len(now)
    page = as_student(results, "published")
    assert "Graded later, and not part of this score: UNet blocks (7 points)" in page
    assert "hidden" not in page.replace("hidden_", "")
    assert "total: 12" in outcome.stdout
    assert results["extra_data"]["isolation"] == "user"


def test_late_group_pays_in_a_line_of_its_own(hand_in, tmp_path):
    both = ["ada@example.edu", "ben@example.edu"]
    outcome = hand_in(submitted(tmp_path / "handed-in"), timedelta(days=1, hours=3), both)
    late = outcome.results["tests"][-1]
    assert late["score"] == pytest.approx(-0.2 * sum(WORTH.values()))
    assert late["visibility"] == "after_published"
    assert score(outcome.results) == pytest.approx(0.8 * sum(WORTH.values()))
    students = outcome.results["extra_data"]["students"]
    assert [one["id"] for one in students] == both
    assert [one["late_days"] for one in students] == [{"core": 2}] * 2


def test_starter_earns_nothing_and_is_told_so(hand_in):
    outcome = hand_in(REPOSITORY.starter)
    assert score(outcome.results) == 0
    assert "Not attempted." in as_student(outcome.results, "before_due")


def test_nothing_that_can_be_graded_is_told_to_the_student(hand_in, tmp_path):
    (tmp_path / "essay.pdf").write_bytes(b"%PDF-1.7")
    outcome = hand_in(tmp_path)
    assert score(outcome.results) == 0
    assert "could not be graded" in as_student(outcome.results, "before_due")


def test_hostile_submission_gets_nothing_and_nowhere(hand_in, tmp_path):
    outcome = hand_in(
        submitted(tmp_path / "handed-in", ddpm=HOSTILE, denoiser=KILLS), time_limit=2.0
    )
    assert outcome.results["score"] == 0
    assert "FORGED" not in outcome.results["output"]
    assert outcome.results["extra_data"]["finished"]
    assert "TRIED" in outcome.stdout
    assert "GOT-IT" not in outcome.stdout


def test_out_of_memory_costs_the_check_and_not_the_grader(hand_in, tmp_path, bounded):
    limits = Limits(1800 * MIB, 2.0, 240)
    outcome = hand_in(submitted(tmp_path / "handed-in", ddpm=HUNGRY), limits=limits)
    assert outcome.kills > 0
    assert points(outcome.results) == {"denoiser": 4, "schedule": 0, "hidden_schedule": 0}
    assert "memory runs out" in as_student(outcome.results, "before_due")


def test_ended_by_the_platform_leaves_what_was_earned(hand_in, tmp_path):
    limits = Limits(4096 * MIB, 2.0, 30)
    outcome = hand_in(
        submitted(tmp_path / "handed-in", ddpm=HANGS), limits=limits, time_limit=300.0
    )
    assert outcome.problem == TIMED_OUT
    assert outcome.results is None
    assert score(outcome.left) == WORTH["denoiser"]
    assert "Grading has not finished" in outcome.left["output"]

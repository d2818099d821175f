"""Whoever behaves only when graded computes other numbers in disguise, and that is reported."""

from autograder.tests.support.cheats import CHEATS


def test_honest_work_is_the_same_in_disguise(lines):
    assert lines("solution") == ()


def test_stubs_are_the_same_in_disguise(lines):
    assert lines("starter") == ()


def test_a_course_that_calls_a_function_otherwise_is_compared_by_its_name(lines):
    renamed = CHEATS + "\n\nmy_schedule = ddpm_schedule\ndel ddpm_schedule\n"
    names = {"ddpm.ddpm_schedule": "my_schedule"}
    (line,) = lines("solution", renamed, {"schedule"}, names)
    assert line.startswith("my_schedule computes other numbers")


def test_only_the_tasks_that_are_named_are_compared(lines):
    assert len(lines("solution", CHEATS, {"forward", "denoiser"})) == 1


def test_what_behaves_only_when_graded_differs(lines):
    found = dict(line.split(" ", 1) for line in lines("solution", CHEATS))
    assert set(found) == {"ddpm_schedule", "ddpm_forward", "ddpm_sample"}
    assert found["ddpm_schedule"].startswith("computes other numbers when graded than in disguise")
    assert found["ddpm_sample"] == "works when graded, ends in RuntimeError in disguise"

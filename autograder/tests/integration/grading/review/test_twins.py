"""Whoever behaves only when graded computes other numbers in disguise, and that is reported."""

import csv
import subprocess
import sys

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.tests.support.cheats import CHEATS

LOOPS = """

def ddpm_schedule(*arguments):
    import sys

    while "checkkit" not in sys.modules:
        pass
    return {"betas": torch.ones(3)}
"""


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


@pytest.mark.usefixtures("long_run")
def test_an_endless_loop_in_disguise_is_told_and_ends_the_comparison(lines):
    assert lines("solution", LOOPS) == (
        "ddpm_schedule works when graded, takes too long in disguise",
    )


def test_what_behaves_only_when_graded_differs(lines):
    found = dict(line.split(" ", 1) for line in lines("solution", CHEATS))
    assert set(found) == {"ddpm_schedule", "ddpm_forward", "ddpm_sample"}
    assert found["ddpm_schedule"].startswith("computes other numbers when graded than in disguise")
    assert found["ddpm_sample"] == "works when graded, ends in RuntimeError in disguise"


@pytest.mark.usefixtures("grading_run")
def test_grading_names_it_to_staff_and_takes_no_points(package, tmp_path):
    folder = package("solution", CHEATS)
    command = [sys.executable, "-m", "autograder", "grade", str(folder), "--skip-training"]
    done = subprocess.run(
        [*command, "--output", str(tmp_path / "results")], cwd=REPOSITORY.root, timeout=300
    )
    assert done.returncode == 0
    (row,) = csv.DictReader((tmp_path / "results" / "grades.csv").read_text().splitlines())
    assert float(row["schedule"]) == load_course().auto_tasks["schedule"].points
    assert "ddpm_schedule computes other numbers when graded than in disguise" in row["flags"]
    (page,) = (tmp_path / "results").glob("*/instructor.html")
    assert "ddpm_forward computes other numbers when graded" in page.read_text()
    (page,) = (tmp_path / "results").glob("*/report.html")
    assert "in disguise" not in page.read_text()

"""Who behaves only when graded, in a whole grading run; and loops that only a disguise starts."""

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


@pytest.mark.usefixtures("long_run")
def test_an_endless_loop_in_disguise_is_told_and_ends_the_comparison(lines):
    assert lines("solution", LOOPS) == (
        "ddpm_schedule works when graded, takes too long in disguise",
    )


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

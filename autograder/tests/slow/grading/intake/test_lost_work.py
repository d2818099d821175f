"""Work that earns nothing for its place or name: in a real grade, staff and student read of it."""

import csv

import pytest

from autograder.course.starter import committed_starter
from autograder.tests.support.grade_command import Run, grade
from autograder.tests.support.submissions import contents, make_folder

DDPM = contents()["diffusion/ddpm.py"]
STUBS = committed_starter()["diffusion/ddpm.py"]
WORDS = "ddpm_final.py defines ddpm_schedule, ddpm_forward, ddpm_sample, and diffusion/ddpm.py is "


@pytest.fixture(scope="module")
def run(grading_run, tmp_path_factory) -> Run:
    """A class of two folders, one of them with its work in another file, and a loose file."""
    entries = {
        "anna/diffusion/ddpm.py": DDPM,
        "bert/diffusion/ddpm.py": STUBS,
        "bert/ddpm_final.py": DDPM,
        "mueller_ddpm.py": DDPM,
    }
    handed_in = make_folder(tmp_path_factory.mktemp("handed-in") / "all", entries)
    return grade(tmp_path_factory.mktemp("results"), handed_in, "--only", "schedule")


def test_nobody_of_the_class_is_lost(run):
    assert run.status == 0, run.stderr
    with (run.folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        assert {row["submission"] for row in csv.DictReader(file)} == {
            *("anna", "bert", "mueller_ddpm")
        }
    assert run.results("anna")["score"] > run.results("bert")["score"] == 0
    assert "none of blocks.py" in (run.folder / "mueller_ddpm" / "report.html").read_text()


def test_work_beside_an_untouched_module_is_told_to_staff_and_student(run):
    pages = ("index.html", "bert/instructor.html", "bert/report.html")
    assert all(WORDS in (run.folder / page).read_text() for page in pages)
    assert WORDS not in (run.folder / "anna" / "instructor.html").read_text()

"""A course on its way through nbgrader, once for all tests."""

import shutil
from pathlib import Path

import pytest

from autograder.grading.intake.nbgrader import ASSIGNMENT
from autograder.tests.support.nbgrader.attack import attacking
from autograder.tests.support.nbgrader.course import hand_in, nbgrader, written
from autograder.tests.support.notebooks import broken, changed


@pytest.fixture(scope="session")
def released(release_build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course directory after `generate_assignment`."""
    course = written(tmp_path_factory.mktemp("course"))
    nbgrader(course, "generate_assignment", ASSIGNMENT)
    return course


@pytest.fixture(scope="session")
def collected(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, handed out and in through an exchange, and autograded.

    anna has solved it, bert has done nothing, carl is wrong, and mallory goes for the gradebook;
    what these two have handed in lies there as if it had come the same way.
    """
    course = tmp_path_factory.mktemp("term") / "course"
    shutil.copytree(released, course)
    exchange = tmp_path_factory.mktemp("exchange")
    exchange.chmod(0o777)
    home = tmp_path_factory.mktemp("home")
    through = ("--course=diffusion", f"--Exchange.root={exchange}")
    nbgrader(course, "release_assignment", ASSIGNMENT, *through)
    nbgrader(home, "fetch_assignment", ASSIGNMENT, *through)
    for student, notebook in (("anna", changed()), ("bert", None)):
        if notebook:
            (home / ASSIGNMENT / "diffusion.ipynb").write_bytes(notebook)
        else:
            source = course / "release" / ASSIGNMENT / "diffusion.ipynb"
            shutil.copy(source, home / ASSIGNMENT / "diffusion.ipynb")
        whose = f"--CourseDirectory.student_id={student}"
        nbgrader(home, "submit", ASSIGNMENT, *through, whose)
    nbgrader(course, "collect", ASSIGNMENT, *through)
    hand_in(course, "carl", broken())
    hand_in(course, "mallory", attacking(course / "gradebook.db"))
    late = course / "submitted" / "anna" / ASSIGNMENT / "timestamp.txt"
    late.chmod(0o644)
    late.write_text("2026-12-12 12:00:00.000000 UTC")
    nbgrader(course, "autograde", ASSIGNMENT)
    return course

"""One real release for all tests of it, and one search for leaks."""

from pathlib import Path

import pytest

from autograder.authoring.leakcheck import Search
from autograder.authoring.run_release import Request, run
from autograder.config import Course, load_course
from autograder.config.paths import REPOSITORY

ROOT = REPOSITORY.root


@pytest.fixture(scope="session")
def course() -> Course:
    return load_course()


@pytest.fixture(scope="session")
def search(course) -> Search:
    return Search(ROOT, course)


@pytest.fixture(scope="session")
def release(release_build, tmp_path_factory) -> Path:
    """What `autograder release` writes; nobody changes it."""
    output = tmp_path_factory.mktemp("release") / "build"
    assert run(Request(output=output)) == 0
    return output


@pytest.fixture(scope="session")
def student_zip(release_build, tmp_path_factory) -> Path:
    """What students unpack, and nothing else of a release."""
    output = tmp_path_factory.mktemp("student") / "build"
    assert run(Request(output=output, only=("student",))) == 0
    return output / "student.zip"

"""The course of grading.yaml, whatever profile it names, and what may not leak of it."""

import pytest

from autograder.authoring.leakcheck import Search
from autograder.config import Course, load_course
from autograder.config.paths import REPOSITORY


@pytest.fixture(scope="session")
def course() -> Course:
    return load_course()


@pytest.fixture(scope="session")
def search(course) -> Search:
    return Search(REPOSITORY.root, course)

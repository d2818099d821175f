"""Packages as students of each course have them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.course.starter import generated, solved
from autograder.tests.support.submissions import make_folder

MAKERS = {"starter": generated, "solved": solved}


@pytest.fixture
def package(tmp_path: Path) -> Callable[[str, str], Path]:
    """The starter or the solution of a course, in a folder of its own."""

    def package(kind: str, profile: str) -> Path:
        files = MAKERS[kind](REPOSITORY.root, load_course(profile=profile))
        return make_folder(tmp_path / f"{profile}-{kind}", files)

    return package

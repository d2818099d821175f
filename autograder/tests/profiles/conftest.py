"""Packages as students of each course have them: what they start from, and the solution."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.config.profiles import profile_names
from autograder.course.starter import generated, solved

ROOT = REPOSITORY.root
PROFILES = profile_names(REPOSITORY.grading)
# The other two ask for what grading.yaml asks, by the same names.
OWN = ("berkeley_cs180", "neural_graphics", "wisconsin_bmi771")
MAKERS = {"starter": generated, "solved": solved}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write a package below `folder`; return `folder`."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Callable[[str, str], Path]:
    """The starter or the solution of a course, in a folder of its own."""

    def package(kind: str, profile: str) -> Path:
        files = MAKERS[kind](ROOT, load_course(profile=profile))
        return write(tmp_path / f"{profile}-{kind}", files)

    return package

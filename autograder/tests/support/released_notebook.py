"""The notebook of this repository, both versions, and what students get beside it."""

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.authoring.release.notebook import instructors, students
from autograder.authoring.release.student import student_files
from autograder.config.paths import REPOSITORY
from autograder.tests.support.submissions import make_folder


@pytest.fixture(scope="session")
def students_bytes(course) -> bytes:
    """The students' notebook."""
    return students(course)


@pytest.fixture(scope="session")
def students_notebook(students_bytes) -> NotebookNode:
    """The same, read."""
    return nbformat.reads(students_bytes.decode(), as_version=4)


@pytest.fixture(scope="session")
def instructors_notebook(course) -> NotebookNode:
    """The instructor's notebook."""
    return nbformat.reads(instructors(course).decode(), as_version=4)


@pytest.fixture(scope="session")
def files(course, students_bytes) -> dict[str, bytes]:
    """What the students' zip holds."""
    return student_files(REPOSITORY.root, course, students_bytes)


@pytest.fixture
def bundle(files, tmp_path) -> Path:
    """The unpacked zip."""
    return make_folder(tmp_path / "bundle", files)

"""The notebooks of this repository."""

from autograder.tests.support.course import course
from autograder.tests.support.released_notebook import (
    files,
    instructors_notebook,
    students_bytes,
    students_notebook,
)

__all__ = ["course", "files", "instructors_notebook", "students_bytes", "students_notebook"]

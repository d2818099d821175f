"""The notebooks of this repository, and kernels to run them in."""

from autograder.tests.support.kernels import run
from autograder.tests.support.released_notebook import (
    bundle,
    files,
    instructors_notebook,
    students_bytes,
    students_notebook,
)

__all__ = ["bundle", "files", "instructors_notebook", "run", "students_bytes", "students_notebook"]

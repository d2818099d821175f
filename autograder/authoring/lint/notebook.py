"""Faults that prevent a notebook."""

from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.authoring.release.notebook import NotebookError, instructors, students
from autograder.config import Course
from autograder.course.strip import StripError


def notebook_findings(root: Path, course: Course) -> Iterator[Finding]:
    """Whether both versions of the notebook can be made."""
    try:
        students(course, root)
        instructors(course, root)
    except NotebookError as error:
        yield Finding(error.file, error.line, error.problem)
    except StripError:
        return  # the starter has a finding of its own

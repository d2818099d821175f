"""What `autograder check` has to say about the notebook."""

from collections.abc import Iterator
from pathlib import Path

from autograder.config import Course
from autograder.release.findings import Finding
from autograder.release.strip import StripError

from .building import instructors, students
from .source import NotebookError


def notebook_findings(root: Path, course: Course) -> Iterator[Finding]:
    """Whether both versions of the notebook can be made."""
    try:
        students(course, root)
        instructors(course, root)
    except NotebookError as error:
        yield Finding(error.file, error.line, error.problem)
    except StripError:
        return  # the starter's own finding

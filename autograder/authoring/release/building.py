"""The parts of a release, as names and contents of files; this module writes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.release.gradescope import autograder_zip_files
from autograder.config import Course
from autograder.config.paths import Repository

from . import notebook
from .nbgrader import course_files
from .student import FOLDER, student_files
from .zips import zip_bytes

ZIPPED = "student.zip"


@dataclass(frozen=True)
class Part:
    """One part of a release: its names in build/, and who gets it."""

    name: str
    owns: tuple[str, ...]  # folders and files at the top of build/
    what: str
    files: Callable[[Path, Course], Mapping[str, bytes]]  # name in build/ -> content
    has_notebook: bool = True


def _student(root: Path, course: Course) -> Mapping[str, bytes]:
    files = student_files(root, course, notebook.students(course, root))
    zipped = zip_bytes({f"{FOLDER}/{name}": content for name, content in files.items()})
    return {ZIPPED: zipped, **{f"student/{name}": content for name, content in files.items()}}


def _notebooks(root: Path, course: Course) -> Mapping[str, bytes]:
    return {
        "notebooks/diffusion.ipynb": notebook.students(course, root),
        "notebooks/diffusion-solution.ipynb": notebook.instructors(course, root),
    }


def _nbgrader(root: Path, course: Course) -> Mapping[str, bytes]:
    return {f"nbgrader/{name}": content for name, content in course_files(course, root).items()}


def _gradescope(root: Path, course: Course) -> Mapping[str, bytes]:
    files, executable = autograder_zip_files(course, Repository(root))
    return {"gradescope/autograder.zip": zip_bytes(files, executable)}


PARTS = (
    Part(
        "student", ("student", ZIPPED), "what students unpack, as a folder and as a zip", _student
    ),
    Part(
        "notebooks", ("notebooks",), "the notebook, for students and with the solution", _notebooks
    ),
    Part("nbgrader", ("nbgrader",), "the course directory of nbgrader, to copy", _nbgrader),
    Part("gradescope", ("gradescope",), "the autograder to upload", _gradescope, False),
)

"""The files of nbgrader's course directory, by name and content.

nbgrader copies everything but notebooks from source/ to students as it stands, so the solution is
nowhere there but in the notebook, from which `nbgrader generate_assignment` takes it away.
"""

import hashlib
import json
from pathlib import Path

from autograder.authoring.release import notebook
from autograder.authoring.release.student import student_files
from autograder.config import Course
from autograder.config.paths import REPOSITORY, Repository, files_in
from autograder.grading.intake.nbgrader import ASSIGNMENT

NOTEBOOK = "diffusion.ipynb"
STUBS = "stubs.json"
COURSE_ID = "diffusion"
FOLDERS = ("diffusion/", "figures/", f"{Repository.checkkit}/", f"{Repository.checks}/")
FILES = {"HANDOUT.md", Repository.conftest.name, Repository.project.name}
FILES |= {"requirements.txt", "requirements-notebook.txt"}


def course_files(course: Course, root: Path = REPOSITORY.root) -> dict[str, bytes]:
    """The files of a course, by their names in its directory.

    Raises:
        NotebookError, NotReleasable, StripError: what students get cannot be made.
    """
    students = notebook.students(course, root)
    given = student_files(root, course, students)
    beside = {
        name: content
        for name, content in given.items()
        if name.startswith(FOLDERS) or name in FILES
    }
    solved = notebook.instructors(course, root)
    source = {**beside, NOTEBOOK: solved}
    values = {
        "COURSE_ID": COURSE_ID,
        "ASSIGNMENT": ASSIGNMENT,
    }
    templates = files_in(Repository(root).nbgrader_given)
    pages = {path.name: path.read_text(encoding="utf-8") for path in templates}
    for word, value in values.items():
        pages = {name: text.replace(f"@{word}@", value) for name, text in pages.items()}
    return {
        **{name: text.encode() for name, text in pages.items()},
        STUBS: stubs(students, solved),
        **{f"source/{ASSIGNMENT}/{name}": content for name, content in sorted(source.items())},
    }


def stubs(students: bytes, solved: bytes) -> bytes:
    """For each cell to fill what students find there, and of which solution that is the stub."""
    given, solution = _answers(students), _answers(solved)
    table = {
        mark: {"solution_sha256": hashlib.sha256(text.encode()).hexdigest(), "stub": given[mark]}
        for mark, text in sorted(solution.items())
    }
    return f"{json.dumps(table, indent=1)}\n".encode()


def _answers(content: bytes) -> dict[str, str]:
    """Mark -> source of the cells of code that students fill."""
    found = {}
    for cell in json.loads(content)["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and mark.get("solution"):
            found[mark["grade_id"]] = "".join(cell["source"])
    return found

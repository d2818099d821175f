"""Which files students get, by name and content; nothing of it is written here.

`given/` holds the files that exist for the bundle alone: the programs that set up, run the checks
and make the upload, the workflow, the page that says how. Everything else comes from the starter
and the public checks, and what depends on the course's numbers is made from `Course`.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat

from autograder.config import Course
from autograder.intake import submission as intake
from autograder.intake.notebook.answers import STUB
from autograder.release.asked import as_stubs_say, asked_text, in_course
from autograder.release.parts import PARTS, parts_text
from autograder.release.starter import generated
from tests.seam.names import spoken

from .pages import readme
from .project import notebook_requirements, project_file, requirements

GIVEN = Path(__file__).with_name("given")
FOLDER = "diffusion-from-scratch"  # what the zip unpacks to
NOTEBOOK = "diffusion.ipynb"
WORKFLOW = ".github/workflows/classroom.yml"
OF_THE_STARTER = ("conftest.py", "figures/*.png")
OF_THE_TESTS = ("*.py", "data/classifier.safetensors", "data/mnist_subset.npz")
OF_THE_TESTS += ("report/templates/*.html", "report/templates/*.css", PARTS.removeprefix("tests/"))
RUNNING = ("run_checks.py", "print_notebook.py")  # copied as they are


class NotReleasable(Exception):
    """A file that nobody has said students should get, or one that they should and is missing."""


def student_files(root: Path, course: Course, notebook: bytes) -> dict[str, bytes]:
    """Name -> content of everything in the bundle.

    Args:
        root: the repository.
        course: with its profile.
        notebook: the students' notebook.

    Raises:
        NotReleasable: see there.
        StripError: the solution cannot be stripped.
    """
    modules, handout = generated(root, course), _handout(root)
    text = {
        **modules,
        "HANDOUT.md": spoken(asked_text(course, handout), course.names)
        + in_course(course, handout),
        "README.md": as_stubs_say(course, readme(course)),
        "pyproject.toml": project_file(root, course),
        "requirements.txt": requirements(root),
        "requirements-notebook.txt": notebook_requirements(root),
        **submit_programs(course, modules, notebook),
        WORKFLOW: _given("classroom.yml"),
        ".gitignore": _given("gitignore"),
        **{name: _given(name) for name in RUNNING},
    }
    files = {
        **dict(_copied(root / "starter", OF_THE_STARTER)),
        **{f"tests/{name}": content for name, content in _public_checks(root)},
        **{name: content.encode() for name, content in text.items()},
        NOTEBOOK: notebook,
        PARTS: parts_text(course).encode(),
    }
    for needed in ("conftest.py", "tests/plugin.py", "tests/data/classifier.safetensors"):
        if needed not in files:
            raise NotReleasable(f"{needed}: missing, and students need it")
    return dict(sorted(files.items()))


def submit_programs(course: Course, modules: Mapping[str, str], notebook: bytes) -> dict[str, str]:
    """`submit.py` and what it looks with; what grading knows is filled in.

    Raises:
        NotReleasable: one has no place for what is to be filled in.
    """
    limits = {
        "files": intake.MAX_FILES,
        "file_bytes": intake.MAX_FILE_BYTES,
        "total_bytes": intake.MAX_TOTAL_BYTES,
        "depth": intake.MAX_DEPTH,
        "zip_bytes": intake.MAX_ZIP_BYTES,
    }
    as_given = {
        "STARTER: dict[str, int]": {name: text.count(STUB) for name, text in modules.items()},
        "CELLS: dict[str, str]": {
            cell.id: sha256(cell.source.strip().encode()).hexdigest()
            for cell in nbformat.reads(notebook.decode(), as_version=4).cells
            if cell.cell_type == "code"
        },
        "COUNTS": course.hands_in,
    }
    return {
        "submit.py": _filled("submit.py", {"LIMITS": limits}),
        "looking.py": _filled("looking.py", as_given),
    }


def _filled(name: str, values: Mapping[str, Any]) -> str:
    program = _given(name)
    for place, value in values.items():
        line = re.compile(rf"^{re.escape(place)} = .*$", re.MULTILINE)
        said = f"{place} = {json.dumps(value, indent=4)}"
        program, places = line.subn(lambda _, said=said: said, program)
        if places != 1:
            raise NotReleasable(f"{name}: has no line {place} = ..., or more than one")
    ast.parse(program)
    return program


def _handout(root: Path) -> str:
    return (root / "starter" / "README.md").read_text(encoding="utf-8")


def _given(name: str) -> str:
    return (GIVEN / name).read_text(encoding="utf-8")


def _public_checks(root: Path) -> Iterator[tuple[str, bytes]]:
    """Everything of tests/, once it is known that everything there is meant for students.

    Raises:
        NotReleasable: a file of another kind.
    """
    yield from _copied(root / "tests", OF_THE_TESTS)
    for path in sorted((root / "tests").rglob("*")):
        inside = path.relative_to(root / "tests")
        litter = any(part.startswith((".", "__pycache__")) for part in inside.parts)
        if path.is_file() and not litter and not any(inside.match(kind) for kind in OF_THE_TESTS):
            raise NotReleasable(
                f"tests/{inside.as_posix()}: no kind of file that students get; "
                f"remove it, or name it in {Path(__file__).relative_to(root).as_posix()}"
            )


def _copied(folder: Path, kinds: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for kind in kinds:
        for path in sorted(folder.rglob(kind) if kind.startswith("*") else folder.glob(kind)):
            if path.is_file() and not any(part.startswith(".") for part in path.parts[-2:]):
                yield path.relative_to(folder).as_posix(), path.read_bytes()

"""The files that students get, by name and content; this module writes nothing.

`given/` holds the files that exist for the bundle alone: the programs that set up, run the checks
and make the upload, the workflow, the page that says how. Everything else comes from the starter
and the public checks, and what depends on the course's numbers is made from `Course`.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.authoring.release.checks import checks_of
from autograder.authoring.release.parts import PARTS, parts_text
from autograder.authoring.release.preface import handout_of
from autograder.config import Course, Task
from autograder.config.paths import MissingPath, Repository, existing, files_in
from autograder.course.passages import asked, shown
from autograder.course.starter import generated
from autograder.grading.intake import submission as intake
from checkkit.cells import contract_of

from .notebook.figures import figure_numbers
from .student_pages import manual_tasks, readme, report_page
from .student_project import notebook_requirements, project_file, requirements

FOLDER = "diffusion-from-scratch"  # what the zip unpacks to
NOTEBOOK = "diffusion.ipynb"
WORKFLOW = ".github/workflows/classroom.yml"
ASSISTANTS = "AGENTS.md"  # the name under which AI assistants look for it
# What students get of each folder; anything else in there has to be named here.
PUBLIC = {
    Repository.checkkit: (
        "*.py",
        PARTS,
        *(f"{Repository.report_templates}/*{suffix}" for suffix in (".html", ".css")),
    ),
    Repository.checks: (
        *("*.py", Repository.classifier.name, Repository.digit_model.name, Repository.digits.name),
    ),
}
# For some checks or modules only.
DATA = (Repository.classifier.name, Repository.digit_model.name)
RUNNING = (  # copied as they are
    *("run_checks.py", "first_picture.py"),
    *("print_report.py", "report_lines.py", "report_text.py"),
)


class NotReleasable(Exception):
    """Students should not get a file as it is."""


def student_files(root: Path, course: Course, notebook: bytes) -> dict[str, bytes]:
    """Name -> content of everything in the bundle.

    Args:
        root: the repository.
        course: with its profile.
        notebook: the students' notebook.

    Raises:
        MissingPath: a folder or file that students get is missing.
        NotReleasable: see there.
        StripError: the solution cannot be stripped.
    """
    repository = Repository(root)
    modules = generated(root, course)
    numbers = figure_numbers(root)
    given, handout = repository.student_given, handout_of(course, repository)
    checks = _of_course(course, dict(_public_files(root)), modules)
    parts = parts_text(course, repository).encode()
    known = {**checks, **{name: text.encode() for name, text in modules.items()}, PARTS: parts}
    text = {
        **modules,
        "HANDOUT.md": handout,
        Repository.readme.name: readme(course, repository, known),
        Repository.project.name: project_file(root, course),
        "requirements.txt": requirements(root),
        "requirements-notebook.txt": notebook_requirements(root),
        **submit_programs(course, modules, given, numbers),
        **(
            {"report/report.md": report_page(course, repository, numbers)}
            if manual_tasks(course)
            else {}
        ),
        WORKFLOW: _text(given, "classroom.yml"),
        ".gitignore": _text(given, "gitignore"),
        **{name: _text(given, name) for name in RUNNING},
    }
    figures = [f for f in files_in(repository.starter_figures, ".png") if f.name in handout]
    if course.assistants != "free":
        page = _text(given / "assistants", f"{course.assistants}.md")
        text[ASSISTANTS] = shown(page, ASSISTANTS, asked(course))
    files = {
        Repository.conftest.name: repository.starter_conftest.read_bytes(),
        **{f"figures/{path.name}": path.read_bytes() for path in figures},
        **checks,
        **{name: content.encode() for name, content in text.items()},
        NOTEBOOK: notebook,
        PARTS: parts,
    }
    return dict(sorted(files.items()))


def submit_programs(
    course: Course, modules: Mapping[str, str], given: Path, numbers: Mapping[str, int]
) -> dict[str, str]:
    """`submit.py` and what it looks with, from the folder `given`; what grading knows is filled in.

    Args:
        course: with its profile.
        modules: the stubs that students get.
        given: the folder.
        numbers: of the figures.

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
        "FILES: list[str]": sorted(modules),
        "CONTRACT: dict": contract_of(
            {
                Path(name).stem: text
                for name, text in modules.items()
                if name.count("/") == 1 and not name.endswith("__init__.py")
            }
        ),
        "COUNTS": course.hands_in,
        "TITLE": course.title,
    }
    questions = {
        "QUESTIONS: list[dict]": [_question(task, numbers) for task in manual_tasks(course)]
    }
    return {
        "submit.py": _filled(given, "submit.py", {"LIMITS": limits}),
        "inspection.py": _filled(given, "inspection.py", as_given),
        "reporting.py": _filled(given, "reporting.py", questions),
    }


def _question(task: Task, numbers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": task.id,
        "title": task.title,
        "points": task.points,
        "bonus": int(task.bonus),  # what is written into the program is JSON
        "question": (task.question or "").strip(),
        "figures": {figure: numbers[figure] for figure in task.figures},
    }


def _filled(given: Path, name: str, values: Mapping[str, Any]) -> str:
    program = _text(given, name)
    for place, value in values.items():
        line = re.compile(rf"^{re.escape(place)} = .*$", re.MULTILINE)
        filled = f"{place} = {json.dumps(value, indent=4)}"
        program, places = line.subn(lambda _, filled=filled: filled, program)
        if places != 1:
            raise NotReleasable(f"{name}: has no line {place} = ..., or more than one")
    ast.parse(program)
    return program


def _text(given: Path, name: str) -> str:
    return existing(given / name).read_text(encoding="utf-8")


def _of_course(
    course: Course, files: Mapping[str, bytes], modules: Mapping[str, str]
) -> dict[str, bytes]:
    """The checks of the course, what these use, and the data that one of them or a module names."""
    python = {name: content.decode() for name, content in files.items() if name.endswith(".py")}
    chosen = checks_of(course, python)
    named = "\n".join([*chosen.values(), *modules.values()])
    others = {
        name: content
        for name, content in files.items()
        if name not in python and (name not in DATA or Path(name).name in named)
    }
    return {name: text.encode() for name, text in chosen.items()} | others


def _public_files(root: Path) -> Iterator[tuple[str, bytes]]:
    """The checks and their library, once it is known that all of it is meant for students.

    Raises:
        MissingPath: a kind of file is missing.
        NotReleasable: there is a file of another kind.
    """
    for folder, kinds in PUBLIC.items():
        missing = set(kinds)
        for path in files_in(folder.below(root)):
            name = path.relative_to(root)
            fitting = {kind for kind in kinds if name.match(kind)}
            missing -= fitting
            if fitting:
                yield name.as_posix(), path.read_bytes()
            elif not any(part.startswith(".") for part in name.parts):
                raise NotReleasable(
                    f"{name.as_posix()}: students do not get files of this kind; "
                    f"remove it, or name it in {__name__.replace('.', '/')}.py"
                )
        if missing:
            raise MissingPath(Repository(root).at(min(missing)), "is missing")

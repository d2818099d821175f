"""A course of nbgrader on the disk, and its commands as an instructor and students run them."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from autograder.authoring.release.nbgrader import course_files
from autograder.config.paths import REPOSITORY
from autograder.grading.intake.nbgrader import ASSIGNMENT
from autograder.tests.support.notebooks import COURSE
from autograder.tests.support.submissions import make_folder

ROOT = REPOSITORY.root
BIN = str(Path(sys.executable).parent)
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "DIFFUSION_SIZE": "tiny",
    "OMP_NUM_THREADS": "1",
}


def written(folder: Path) -> Path:
    """The course directory as `autograder release` writes it."""
    return make_folder(folder, course_files(COURSE))


def nbgrader(folder: Path, *words: str | Path, status: int = 0, **environment: str) -> str:
    """Run `nbgrader` in a folder; what it says."""
    command = [sys.executable, "-m", "nbgrader", *map(str, words)]
    return _run(command, folder, status, **environment)


def grade(folder: Path, *words: str | Path, status: int = 0) -> str:
    """Run `autograder grade`; what it says."""
    command = [sys.executable, "-m", "autograder", "grade", *map(str, words)]
    return _run([*command, "--output", str(folder)], ROOT, status)


def _run(command: list[str], folder: Path, status: int, **environment: str) -> str:
    surroundings = {**ENVIRONMENT, **environment}
    done = subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=300
    )
    said = done.stdout + done.stderr
    assert done.returncode == status, said
    return said


def hand_in(course: Path, student: str, notebook: bytes, when: str = "2026-12-01 12:00:00") -> None:
    """What `nbgrader collect` leaves, without the way there."""
    place = course / "submitted" / student / ASSIGNMENT
    shutil.copytree(course / "release" / ASSIGNMENT, place)
    (place / "diffusion.ipynb").write_bytes(notebook)
    (place / "timestamp.txt").write_text(f"{when}.000000 UTC")


def cells(course: Path, student: str, start: str = "check-") -> dict[str, tuple]:
    """Cell -> its automatic score, its manual one, and whether it waits for a person."""
    query = """
        SELECT base_cell.name, auto_score, manual_score, needs_manual_grade FROM grade
        JOIN base_cell ON base_cell.id = grade.cell_id
        JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
        WHERE student_id = ?
    """
    database = sqlite3.connect(course / "gradebook.db")
    try:
        rows = database.execute(query, (student,)).fetchall()
    finally:
        database.close()
    return {name.removeprefix(start): tuple(rest) for name, *rest in rows if name.startswith(start)}

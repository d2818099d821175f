"""docs/guide.md adds a task; here that is done to the letter, in a copy of the repository."""

import csv
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.tests.support.guide import Step, steps
from autograder.tests.support.repository import copy_of_the_repository

ROOT = REPOSITORY.root


def changed(text: str, diff: str) -> str:
    """`text` with each piece of `diff` applied where its old lines stand, which is one place."""
    for piece in diff.split("@@\n")[1:]:
        lines = [line if line.strip("\n") else " \n" for line in piece.splitlines(keepends=True)]
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(old) == 1, f"stands there {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    return text


def in_place(folder: Path, step: Step) -> None:
    file = folder / step.file
    if step.verb == "Write":
        assert not file.exists()
        file.write_text(step.block)
    elif step.verb == "Append to":
        gap = "\n\n" if file.suffix == ".py" else ""  # which no formatter leaves in a page
        file.write_text(file.read_text() + gap + step.block)
    else:
        file.write_text(changed(file.read_text(), step.block))


def run(folder: Path, line: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", *shlex.split(line)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def repository(grading_run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that the example touches or needs."""
    return copy_of_the_repository(tmp_path_factory.mktemp("course") / "repository")


def test_whoever_follows_the_example_has_a_task_more(repository):
    *edits, commands = steps()
    for step in edits:
        in_place(repository, step)
    done = {line: run(repository, line) for line in commands.block.splitlines()}
    for line, ended in done.items():
        assert ended.returncode == 0, f"{line}\n{ended.stdout}\n{ended.stderr}"
    stub = (repository / "starter" / "diffusion" / "ddpm.py").read_text()
    assert "Part 2 (task snr): fill in signal_to_noise in diffusion/ddpm.py" in stub
    with (repository / "results" / "grades.csv").open() as file:
        points = {row["submission"]: float(row["snr"]) for row in csv.DictReader(file)}
    assert points == {"solution": 2, "starter": 0}


def test_the_notebook_has_the_new_cells(repository):
    source = (
        "import sys; from autograder.config import load_course; "
        "from autograder.authoring.release.notebook import students; "
        "sys.stdout.buffer.write(students(load_course()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=repository, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(done.stdout)["cells"]}
    assert "raise NotImplementedError" in cells["ddpm-snr"]
    assert 'check("snr"' in cells["check-snr"]
    assert any("How much is left of the image?" in text for text in cells.values())

"""The commands of README.md and the examples of docs/ do what the pages say."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.tests.support.documentation import FENCE, README, Step, steps
from autograder.tests.support.repository import copy_of_the_repository

GUIDE, NEW_CHECK = REPOSITORY.guide, REPOSITORY.at("docs/writing-a-check.md")


@pytest.fixture(scope="module")
def course(grading_run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, to which the guide's example adds a task."""
    return copy_of_the_repository(tmp_path_factory.mktemp("course") / "repository")


def run(folder: Path, words: list[str]) -> subprocess.CompletedProcess:
    """Run one command of a page with this Python."""
    python = [sys.executable, "-m"] if words[0] in ("autograder", "pytest") else []
    return subprocess.run(
        [*python, *words], cwd=folder, capture_output=True, text=True, timeout=3000
    )


def follow(folder: Path, example: list[Step]) -> dict[str, str]:
    """Do every step of an example; the output of each command that has to fail."""
    failures = {}
    for step in example:
        if step.file is not None:
            step.apply(folder)
            continue
        for words in step.command_lines():
            ended = run(folder, words)
            fails = step.verb == "Run and see it fail"
            assert (ended.returncode != 0) == fails, f"{words}\n{ended.stdout}\n{ended.stderr}"
            if fails:
                failures[" ".join(words)] = ended.stdout
    return failures


@pytest.mark.usefixtures("grading_run")
def test_make_demo_prints_the_lines_of_the_readme(tmp_path):
    ended = run(REPOSITORY.root, ["autograder", "demo", "--output", str(tmp_path / "results")])
    assert ended.returncode == 0, ended.stderr
    block = next(text for _, text in FENCE.findall(README.read_text()) if "✓" in text)
    assert block in ended.stdout


def test_the_example_of_the_guide_adds_a_task(course):
    follow(course, steps(GUIDE, "## Add a task"))
    stub = (course / "starter" / "diffusion" / "ddpm.py").read_text()
    assert "Part 2 (task snr): fill in signal_to_noise in diffusion/ddpm.py" in stub
    with (course / "results" / "grades.csv").open() as file:
        points = {row["submission"]: float(row["snr"]) for row in csv.DictReader(file)}
    assert points == {"solution": 2, "starter": 0}


def test_the_notebook_has_the_new_cells(course):
    source = (
        "import sys; from autograder.config import load_course; "
        "from autograder.authoring.release.notebook import students; "
        "sys.stdout.buffer.write(students(load_course()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=course, capture_output=True, timeout=600
    )
    assert done.returncode == 0, done.stderr.decode()
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(done.stdout)["cells"]}
    assert "raise NotImplementedError" in cells["ddpm-snr"]
    assert 'check("snr"' in cells["check-snr"]
    assert any("The signal-to-noise ratio" in text for text in cells.values())


@pytest.mark.validation
@pytest.mark.usefixtures("grading_run")
def test_the_example_of_a_check_passes_the_solution_and_fails_the_bug(tmp_path):
    repository = copy_of_the_repository(tmp_path / "repository")
    failures = follow(repository, steps(NEW_CHECK, "## An example"))
    (message,) = re.findall(r"The student reads:\n\n```text\n(.*)\n```", NEW_CHECK.read_text())
    (output,) = failures.values()
    assert message in output
    (table,) = (repository / "results").glob("*kill*.csv")
    (row,) = csv.DictReader(table.read_text().splitlines())
    killers = [name for name, ended in row.items() if ended == "failed"]
    assert killers == ["test_strong_noise::test_strong_noise_has_standard_deviation_sigma"]

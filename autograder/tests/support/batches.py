"""A small class: every way to end, and a command that grades it quickly."""

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY

from .grade_command import COMMAND

QUICK = ("--only", "schedule", "--only", "denoiser", "--only", "hidden_schedule", "--seed", "7")


def write(folder: Path, name: str, **changes: str) -> Path:
    """The solution as a submission; `changes` replace whole files."""
    shutil.copytree(REPOSITORY.solution_package, folder / name / "diffusion")
    shutil.rmtree(folder / name / "diffusion" / "runs", ignore_errors=True)
    for file, text in changes.items():
        (folder / name / "diffusion" / f"{file}.py").write_text(text)
    return folder / name


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six submissions: right, wrong, unreadable for Python, ended by itself, empty, no package."""
    folder = tmp_path_factory.mktemp("class")
    ddpm = (REPOSITORY.solution_package / "ddpm.py").read_text()
    nothing = folder / "nothing"
    nothing.mkdir()
    (nothing / "notes.txt").write_text("I forgot")
    first, exits = ("beta_1, beta_T, num_ts", "0, beta_T, num_ts"), "import os\n    os._exit(0)\n"
    carl = write(folder, "carl", ddpm="def ddpm_schedule(:\n")
    (carl / "diffusion/extra.py").write_bytes("x = 1".encode("utf-16"))
    return [
        write(folder, "anna"),
        write(folder, "ben", ddpm=ddpm.replace("linspace(" + first[0], "linspace(" + first[1])),
        carl,
        write(folder, "dora", denoiser=f"def add_noise(x, sigma):\n    {exits}"),
        REPOSITORY.starter,
        nothing,
    ]


def command(output: Path, *arguments: object) -> list[str]:
    return [*COMMAND, *map(str, arguments), *QUICK, "--output", str(output)]


def grade(output: Path, *arguments: object, timeout: float = 300) -> subprocess.CompletedProcess:
    """Run `autograder grade` on a few quick tasks, as anybody would."""
    return subprocess.run(
        command(output, *arguments),
        cwd=REPOSITORY.root,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def rows(output: Path) -> dict[str, dict[str, str]]:
    """grades.csv by the name of the submission."""
    with (output / "grades.csv").open(newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def points(output: Path) -> dict[str, dict[str, str]]:
    """grades.csv without what tells of the run itself: when it was, and what was new in it."""
    return {
        name: {
            column: cell for column, cell in row.items() if column not in ("graded", "graded_at")
        }
        for name, row in rows(output).items()
    }


def outcomes(output: Path) -> dict[str, dict[str, tuple[str, float, str]]]:
    """Submission -> check -> outcome, points and message: all that has to be repeatable."""
    found = {}
    for path in sorted(output.glob("*/results.json")):
        tests = json.loads(path.read_text())["tests"]
        found[path.parent.name] = {
            test["number"]: (test["extra_data"]["outcome"], test["score"], test["output"])
            for test in tests
        }
    return found


def judged(output: Path) -> list[str]:
    """Names of the journal's records, in order."""
    lines = map(json.loads, (output / "journal.jsonl").read_text().splitlines())
    return [line["name"] for line in lines if "key" in line]


@pytest.fixture(scope="session")
def one_by_one(grading_run, classroom, tmp_path_factory) -> Path:
    """The class, one submission after the other."""
    output = tmp_path_factory.mktemp("one") / "out"
    done = grade(output, *classroom, "--jobs", 1)
    assert done.returncode == 0, done.stderr
    return output

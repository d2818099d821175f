"""A small class: every way to end, and a command that grades it quickly."""

import csv
import json
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY

from . import grade_command
from .submissions import make_folder, submission

QUICK = ("--only", "schedule", "--only", "denoiser", "--only", "hidden_schedule", "--seed", "7")


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six submissions: right, wrong, unreadable for Python, ended by itself, empty, no package."""
    folder = tmp_path_factory.mktemp("class")
    ends = "def add_noise(x, sigma):\n    import os\n    os._exit(0)\n"
    first = {"ddpm": ("linspace(beta_1, beta_T, num_ts", "linspace(0, beta_T, num_ts")}
    odd = {"diffusion/extra.py": "x = 1".encode("utf-16")}
    return [
        submission(folder / "anna"),
        submission(folder / "ben", edits=first),
        submission(folder / "carl", ddpm="def ddpm_schedule(:\n", files=odd),
        submission(folder / "dora", denoiser=ends),
        REPOSITORY.starter,
        make_folder(folder / "nothing", {"notes.txt": "I forgot"}),
    ]


def command(output: Path, *arguments: object) -> list[str]:
    """The command line that grades a few quick tasks."""
    return grade_command.command(output, *arguments, *QUICK)


def grade(output: Path, *arguments: object) -> grade_command.Run:
    """Run `autograder grade` on a few quick tasks, as anybody would."""
    return grade_command.grade(output, *arguments, *QUICK)


def rows(output: Path) -> dict[str, dict[str, str]]:
    """grades.csv by the name of the submission."""
    with (output / "grades.csv").open(newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def points(output: Path) -> dict[str, dict[str, str]]:
    """grades.csv without the columns about the run itself."""
    about_the_run = ("graded", "graded_at")
    return {
        name: {column: cell for column, cell in row.items() if column not in about_the_run}
        for name, row in rows(output).items()
    }


def outcomes(output: Path) -> dict[str, dict[str, tuple[str, float, str]]]:
    """Submission -> check -> outcome, points and message: all that has to be repeatable."""
    by_submission = {}
    for path in sorted(output.glob("*/results.json")):
        tests = json.loads(path.read_text())["tests"]
        by_submission[path.parent.name] = {
            test["number"]: (
                test["extra_data"].get("outcome", test["status"]),
                test["score"],
                test["output"],
            )
            for test in tests
        }
    return by_submission


def judged(output: Path) -> list[str]:
    """Names of the journal's records, in order: after the visible and after the hidden checks."""
    lines = map(json.loads, (output / "journal.jsonl").read_text().splitlines())
    return [line["name"] for line in lines if "key" in line]


@pytest.fixture(scope="session")
def one_by_one(grading_run, classroom, tmp_path_factory) -> Path:
    """The class, one submission after the other."""
    output = tmp_path_factory.mktemp("one") / "out"
    done = grade(output, *classroom, "--jobs", 1)
    assert done.status == 0, done.stderr
    return output

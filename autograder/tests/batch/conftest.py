"""A small class: every way to end, and a command that grades it quickly."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "autograder", "grade")
QUICK = ("--only", "schedule", "--only", "denoiser", "--only", "hidden_schedule", "--seed", "7")


def write(folder: Path, name: str, **changes: str) -> Path:
    """The solution as a submission; `changes` replace whole files."""
    shutil.copytree(ROOT / "solution" / "diffusion", folder / name / "diffusion")
    shutil.rmtree(folder / name / "diffusion" / "runs", ignore_errors=True)
    for file, text in changes.items():
        (folder / name / "diffusion" / f"{file}.py").write_text(text)
    return folder / name


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six submissions: right, wrong, unreadable for Python, ended by itself, empty, no package."""
    folder = tmp_path_factory.mktemp("class")
    ddpm = (ROOT / "solution" / "diffusion" / "ddpm.py").read_text()
    nothing = folder / "nothing"
    nothing.mkdir()
    (nothing / "notes.txt").write_text("I forgot")
    first, exits = ("beta_1, beta_T, num_ts", "0, beta_T, num_ts"), "import os\n    os._exit(0)\n"
    return [
        write(folder, "anna"),
        write(folder, "ben", ddpm=ddpm.replace("linspace(" + first[0], "linspace(" + first[1])),
        write(folder, "carl", ddpm="def ddpm_schedule(:\n"),
        write(folder, "dora", denoiser=f"def add_noise(x, sigma):\n    {exits}"),
        ROOT / "starter",
        nothing,
    ]


def command(output: Path, *arguments: object) -> list[str]:
    return [*COMMAND, *map(str, arguments), *QUICK, "--output", str(output)]


def grade(output: Path, *arguments: object, timeout: float = 300) -> subprocess.CompletedProcess:
    """Run `autograder grade` on a few quick tasks, as anybody would."""
    return subprocess.run(
        command(output, *arguments), cwd=ROOT, capture_output=True, text=True, timeout=timeout
    )


def rows(output: Path) -> dict[str, dict[str, str]]:
    """grades.csv by the name of the submission."""
    with (output / "grades.csv").open(newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}

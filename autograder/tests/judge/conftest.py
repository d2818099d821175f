"""Graded submissions: one real run through the sandbox, and one made of results at will."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.grading.judging.checks import Check
from autograder.grading.judging.graded import Graded, Scope
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult, Curve, Images

ROOT = REPOSITORY.root
COMMAND = (sys.executable, "-m", "autograder", "grade")
NASTY = "\x1b[31m<script>alert(1)</script>\u202e [red]x[/red] 'seen' 1 expected 2"


@dataclass(frozen=True)
class Run:
    """A finished `autograder grade`."""

    folder: Path
    status: int
    stdout: str
    stderr: str

    def results(self, name: str) -> dict:
        return json.loads((self.folder / name / "results.json").read_text())

    def outcomes(self, name: str) -> dict[str, str]:
        """Check (or its number, where it is hidden) -> outcome."""
        tests = self.results(name)["tests"]
        return {t["extra_data"]["check"]: t["extra_data"]["outcome"] for t in tests}


def grade(folder: Path, *arguments: str | Path) -> Run:
    """Run `autograder grade` as anybody would."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments), "--output", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Run(folder, done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def run(grading_run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A zip of the solution, the starter, one that goes wrong in many ways, and no submission."""
    handed_in = tmp_path_factory.mktemp("handed-in")
    with zipfile.ZipFile(handed_in / "anna.zip", "w") as archive:
        for path in sorted((REPOSITORY.solution).rglob("*.py")):
            archive.write(path, Path("work") / path.relative_to(REPOSITORY.solution))
    wrong = handed_in / "=cmd()" / "diffusion"
    wrong.mkdir(parents=True)
    wrong.joinpath("ddpm.py").write_text(
        f"print({NASTY!r}, flush=True)\n\n"
        "def ddpm_schedule(beta_1, beta_T, num_ts):\n"
        f"    raise ValueError({NASTY!r})\n"
    )
    wrong.joinpath("denoiser.py").write_text("def add_noise(:\n")
    nothing = handed_in / "nothing"
    nothing.mkdir()
    only = [
        word for task in ("schedule", "hidden_schedule", "denoiser") for word in ("--only", task)
    ]
    paths = (handed_in / "anna.zip", REPOSITORY.starter, wrong.parent, nothing)
    return grade(tmp_path_factory.mktemp("results"), *paths, *only, "--seed", "7")


@pytest.fixture
def made() -> Callable[..., Graded]:
    """A graded submission with the outcomes given by task; the first check is the only one."""

    def made(
        outcomes: dict[str, Outcome], message: str = NASTY, name: str = "anna", **fields
    ) -> Graded:
        course = load_course()
        checks = tuple(
            Check(f"test_{task.id}::test_claim", task.id, task.hidden, False)
            for task in course.auto_tasks.values()
        )
        graded = Graded(
            name, Path(name), Scope(course, checks, tuple(course.auto_tasks)), "bwrap", True
        )
        for check in checks:
            outcome = outcomes.get(check.task, Outcome.PASSED)
            said = "" if outcome is Outcome.PASSED else message
            sentence = f"The claim of {check.task}."
            graded.results[check.name] = CheckResult(
                check.name, check.task, sentence, outcome, "A `hint`.", said, "detail"
            )
        digits = graded.results["test_digits::test_claim"]
        noise = np.random.default_rng(0).random((100, 28, 28))
        digits.exhibits = [
            Images("Your digits", noise, tuple(str(i % 10) for i in range(100))),
            Curve("Training", {"loss": np.linspace(1, 0, 5000)}, "batch", "loss"),
        ]
        graded.finished = True
        for key, value in fields.items():
            setattr(graded, key, value)
        return graded

    return made

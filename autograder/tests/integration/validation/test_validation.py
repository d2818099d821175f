"""What `make validate` runs, and what it need not run again."""

import os
import subprocess
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY

STEPS = {
    "known-bugs": "autograder validate --known-bugs --output",
    "false-failures": "autograder validate --false-failures --output",
    "mutation": "autograder validate --mutation --output",
    "digits": "-m autograder.validation.digits.recalibrate",
    "tests": "--slow --training -m validation",
}
JUDGING = ("known-bugs", "false-failures", "mutation")
# A file that is read, and the steps that run again when it changes.
READ_BY = {
    "solution/diffusion/ddpm.py": STEPS,
    "solution/diffusion/runs/fast.py": STEPS,
    "checkkit/oracles.py": STEPS,
    "tests/data/classifier.safetensors": STEPS,
    "autograder/hidden/test_hidden_unets.py": STEPS,
    "grading.yaml": STEPS,
    "autograder/grading/judging/judge.py": (*JUDGING, "tests"),
    "autograder/grading/sandbox/runner.py": (*JUDGING, "tests"),
    "autograder/validation/known_bugs/wrong/unets.yaml": STEPS,
    "autograder/validation/false_failures/claims.py": ("false-failures", "tests"),
    "autograder/validation/mutation/equivalent.yaml": ("mutation", "tests"),
    "autograder/tests/unit/solution/test_resume.py": ("mutation", "tests"),
    "profiles/cornell_5b.yaml": ("tests",),
    "notebooks/diffusion.py": ("tests",),
    "starter/README.md": ("tests",),
    "docs/guide.md": (),
}


def make(passed: Path, *words: str) -> subprocess.CompletedProcess:
    """Make with another folder for what has passed."""
    command = ["make", "--no-print-directory", f"VALIDATED={passed}", *words]
    return subprocess.run(command, cwd=REPOSITORY.root, capture_output=True, text=True)


def test_all_steps_are_run_or_those_that_are_named(tmp_path):
    whole = make(tmp_path, "--dry-run", "validate")
    assert whole.returncode == 0 and whole.stderr == ""  # no folder is missing
    assert [name for name, command in STEPS.items() if command in whole.stdout] == list(STEPS)
    one = make(tmp_path, "--dry-run", "validate", "VALIDATE=mutation", "JOBS=3").stdout
    assert f"{STEPS['mutation']} {tmp_path}/mutation --jobs 3" in one
    assert not any(STEPS[name] in one for name in STEPS if name != "mutation")


@pytest.mark.parametrize("file", READ_BY)
def test_a_step_that_passed_runs_again_when_a_file_that_it_reads_has_changed(tmp_path, file):
    assert REPOSITORY.at(file).is_file()
    stamps = [tmp_path / f"{name}.passed" for name in STEPS]
    for stamp in stamps:
        stamp.touch()
        os.utime(stamp, (2**32, 2**32))  # after every file of the repository
    again = make(tmp_path, "--dry-run", f"--what-if={file}", *map(str, stamps)).stdout
    assert {name for name, command in STEPS.items() if command in again} == set(READ_BY[file])


def test_a_step_that_fails_stops_no_other_and_has_not_passed(tmp_path):
    words = "VENV=/nowhere", "RUN=true", "--keep-going"
    ran = make(tmp_path, *words, *(str(tmp_path / f"{name}.passed") for name in STEPS))
    assert ran.returncode == 2
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["digits", "tests"]

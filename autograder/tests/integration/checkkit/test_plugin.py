"""What students read in their terminal."""

import subprocess
import sys

from autograder.config.paths import REPOSITORY
from autograder.tests.support.submissions import submission


def test_a_file_that_python_cannot_read_is_told_once(tmp_path):
    handed_in = submission(tmp_path / "anna", "solution", denoiser="x = 1\ndef add_noise(:\n")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "tests/test_denoiser.py", "tests/test_schedule.py"),
            *(f"--impl={handed_in}", "--trust", "-q", "-n0"),
        ],
        cwd=REPOSITORY.root,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    card = "diffusion/denoiser.py cannot be read by Python, line 2: invalid syntax."
    assert ran.stdout.count(f"{card} 1 task waits for it.") == 1
    assert "1 failed" in ran.stdout and "skipped" in ran.stdout and "passed" in ran.stdout
    tracebacks, _, _ = ran.stdout.partition("short test summary")  # which CI systems get in full
    assert tracebacks.count("def add_noise(:") == 1

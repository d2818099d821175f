"""What students read in their terminal."""

import subprocess
import sys

from autograder.config.paths import REPOSITORY
from autograder.tests.support.submissions import submission


def in_terminal(folder, *arguments):
    """What pytest prints of a submission, without the summary, which CI systems get in full."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *arguments),
            *(f"--impl={folder}", "--trust", "-q", "-n0", "--tb=short"),
        ],
        cwd=REPOSITORY.root,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    return ran.stdout.partition("short test summary")[0], ran.stdout


def test_a_file_that_python_cannot_read_is_told_once(tmp_path):
    handed_in = submission(tmp_path / "anna", "solution", denoiser="x = 1\ndef add_noise(:\n")
    tracebacks, whole = in_terminal(handed_in, "tests/test_denoiser.py", "tests/test_schedule.py")
    card = "diffusion/denoiser.py cannot be read by Python, line 2: invalid syntax."
    assert tracebacks.count(f"{card} 1 task waits for it.") == 1
    assert "1 failed" in whole and "skipped" in whole and "passed" in whole
    assert tracebacks.count("def add_noise(:") == 1


def test_a_file_that_raises_when_it_is_imported_is_told_once(tmp_path):
    handed_in = submission(tmp_path / "anna", "solution", denoiser="import torch\nimport blocks\n")
    tracebacks, whole = in_terminal(handed_in, "tests/test_denoiser.py", "tests/test_schedule.py")
    card = "diffusion/denoiser.py cannot be imported, line 2: ModuleNotFoundError: No module named"
    assert tracebacks.count(card) == 1 and "`from .blocks import ...`. 1 task waits" in tracebacks
    assert "1 failed" in whole and "skipped" in whole and "passed" in whole


def test_a_crash_is_told_once_and_blocks_what_needs_the_function(tmp_path):
    line = "return nn.functional.mse_loss(unet(x_t, t / num_ts), eps)"
    broken = line.replace("t / num_ts", "t / num_ts * x_0")
    handed_in = submission(tmp_path / "anna", "solution", edits={"ddpm": (line, broken)})
    names = "zeroed_for_each_batch and not cfg or test_forward and mean_over_all_pixels"
    files = "tests/test_training.py", "tests/test_forward.py"  # in another order than the course's
    tracebacks, _ = in_terminal(handed_in, *files, "-k", names)
    loss, _, loop = tracebacks.partition("test_gradients_are_zeroed_for_each_batch")
    assert loss.count(broken) == 1 and "`t / num_ts` is (N,)" in loss
    assert "Blocked: `ddpm_forward` (task forward) raises " in loop
    assert "First correct what this check reports: 'The loss is " in loop


def test_a_function_that_a_file_lacks_is_not_attempted(tmp_path):
    there = "def ddpm_forward("
    handed_in = submission(tmp_path / "anna", "solution", edits={"ddpm": (there, "def my_loss(")})
    files = "tests/test_forward.py", "tests/test_training.py", "tests/test_sample.py"
    names = "mean_over_all_pixels or zeroed_for_each_batch or last_step_adds_no_noise"
    tracebacks, whole = in_terminal(handed_in, *files, "-k", names)
    missing = "NotImplementedError: ddpm_forward is not defined in diffusion/ddpm.py (task forward)"
    assert tracebacks.count(missing) == 2
    assert "1 failed, 2 passed" in whole and "1 error" in whole  # one met it in a fixture

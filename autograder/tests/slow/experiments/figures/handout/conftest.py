"""Runs and digits for the handout's figures."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.tests.support.handout_figures import digits, draw, solution_alone
from autograder.tests.support.student_folder import student_folder

__all__ = ["digits", "draw", "solution_alone"]

DIGITS = 96
PRESETS = {
    "denoiser": ["--epochs", "5", "--num-hiddens", "4", "--lr", "0.001"],
    "time": ["--epochs", "1", "--num-hiddens", "2", "--num-ts", "8"],
    "class": ["--epochs", "6", "--num-hiddens", "4", "--num-ts", "21"],
}


@pytest.fixture(scope="session")
def trained(long_run, tmp_path_factory) -> Path:
    """The folder of three runs of the solution, trained in a process of their own."""
    folder = student_folder(tmp_path_factory.mktemp("trained"), DIGITS)
    common = ["--subset", "--device", "cpu", "--batch-size", "32", "--runs", str(folder / "runs")]
    commands = [[preset, *options, *common] for preset, options in PRESETS.items()]
    program = f"from diffusion.train import main\nfor one in {commands}: assert main(one) == 0"
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True)
    return folder / "runs"

"""Runs that are trained here, in seconds."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.experiments.metrics.sampling import Sampler
from autograder.experiments.trained_runs.run import Run, read_run
from autograder.tests.support.student_folder import student_folder

DIGITS = 2000
SMALL = {
    "tiny": ["--num-ts", 20, "--lr", 5e-3],
    "time": ["--num-ts", 20, "--beta-T", 0.3, "--lr", 5e-3],
    "denoiser": ["--lr", 5e-3],
}


@pytest.fixture(scope="session")
def run_of(long_run, tmp_path_factory) -> Callable[[str], Path]:
    """run_of("tiny"): the folder of a run of this preset, D = 4, an epoch of 2,000 digits."""
    folder, trained = student_folder(tmp_path_factory.mktemp("trained"), DIGITS), {}

    def train(preset: str) -> Path:
        if preset not in trained:
            options = ["--epochs", 1, "--num-hiddens", 4, "--batch-size", 64, "--subset"]
            options += ["--device", "cpu", *SMALL[preset]]
            command = [sys.executable, "-m", "diffusion.train", preset, *map(str, options)]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            trained[preset] = folder / "runs" / preset
        return trained[preset]

    return train


@pytest.fixture
def run(run_of) -> Run:
    return read_run(run_of("tiny"))


class Counting:
    """A progress that counts."""

    def __init__(self):
        self.drawn, self.kept = 0.0, 0

    def advance(self, images: float) -> None:
        self.drawn += images

    def skip(self, images: int) -> None:
        self.kept += images


@pytest.fixture
def sampler_of(run, tmp_path) -> Callable[..., Sampler]:
    """sampler_of(seed=0): a sampler of the run that keeps its batches in one folder."""

    def make(seed: int = 0, of: Run = run, batch: int = 10) -> Sampler:
        cpu = torch.device("cpu")
        made = Sampler(of, of.epochs[-1], cpu, seed, tmp_path / "samples", Counting())
        made.batch = batch
        return made

    return make


@pytest.fixture
def classes() -> np.ndarray:
    return np.arange(25) % 10

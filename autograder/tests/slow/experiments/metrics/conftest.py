"""Runs that are trained here, in seconds."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from autograder.experiments.metrics.sampling import Sampler, weights_digest
from autograder.experiments.trained_runs.inference import sampling_net
from autograder.experiments.trained_runs.run import Run, read_run
from autograder.progress import Progress
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


@pytest.fixture
def sampler_of(run, tmp_path) -> Callable[..., Sampler]:
    """sampler_of(seed=0): a sampler of the run that keeps its batches in one folder."""

    def make(seed: int = 0, of: Run = run) -> Sampler:
        net = sampling_net(of, of.epochs[-1], torch.device("cpu"))
        computed = {"device": "cpu", "weights_sha256": weights_digest(net.unet)}
        sampler = Sampler(of, net, seed, tmp_path / "samples", computed)
        sampler.batch = 10
        return sampler

    return make


@pytest.fixture
def progress() -> Callable[[], Progress]:
    """progress(): one of 25 images that nobody sees."""
    return lambda: Progress(Console(quiet=True), total=25)


@pytest.fixture
def classes() -> np.ndarray:
    return np.arange(25) % 10

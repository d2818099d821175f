"""Real digits, and `autograder figures` on runs that a test names."""

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.config.paths import REPOSITORY
from autograder.experiments.trained_runs.reference import reference

from .student_folder import without_diffusion


@pytest.fixture(autouse=True)
def solution_alone(monkeypatch):
    """`diffusion` is the solution here, whatever other tests of this process have imported."""
    with without_diffusion():
        monkeypatch.syspath_prepend(str(REPOSITORY.solution))
        yield


@pytest.fixture
def digits():
    return reference("data").mnist(train=False, subset=True)


@pytest.fixture
def draw(tmp_path):
    """draw(run, ...): the exit status, what was printed on one line, and the folder."""

    def draw(*runs, output=tmp_path / "figures", device="cpu", seed=0):
        options = ["--subset", "--samples-per-class", 1, "--device", device, "--seed", seed]
        words = ["figures", *runs, *options, "--output", output]
        done = CliRunner().invoke(app, list(map(str, words)))
        return done.exit_code, " ".join(done.output.split()), output

    return draw

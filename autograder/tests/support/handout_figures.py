"""Real digits, and `autograder figures` on runs that a test names."""

import sys

import pytest

from autograder.config.paths import REPOSITORY
from autograder.experiments.figures.handout import command
from autograder.experiments.figures.handout.command import Request
from autograder.experiments.trained_runs.reference import reference


@pytest.fixture(autouse=True)
def solution_alone(monkeypatch):
    """`diffusion` is the solution here, whatever other tests of this process have imported."""
    others = {name: one for name, one in sys.modules.items() if name.split(".")[0] == "diffusion"}
    for name in others:
        del sys.modules[name]
    monkeypatch.syspath_prepend(str(REPOSITORY.solution))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "diffusion"]:
        del sys.modules[name]
    sys.modules.update(others)


@pytest.fixture
def digits():
    return reference("data").mnist(train=False, subset=True)


@pytest.fixture
def draw(tmp_path, capsys):
    """draw(run, ...): the exit status, what was printed on one line, and the folder."""

    def draw(*runs, **options):
        output = options.pop("output", tmp_path / "figures")
        given = {"samples_per_class": 1, "subset": True, "device": "cpu"} | options
        status = command.run(Request(runs=tuple(runs), output=output, **given))
        seen = capsys.readouterr()
        return status, " ".join((seen.out + seen.err).split()), output

    return draw

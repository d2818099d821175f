"""Real digits, and `autograder figures` on runs that a test names."""

import pytest

from autograder.experiments.figures.handout import command
from autograder.experiments.figures.handout.command import Request
from autograder.experiments.runs.reference import reference


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

"""Runs of the calibration are made again, each once."""

from dataclasses import replace

import pytest
from rich.console import Console

from autograder.validation.digits import recalibrate, records
from autograder.validation.digits.recalibrate import make_again
from checkkit.runs.digits import CPU

TINY = replace(CPU, num_ts=3, num_hiddens=2, batch_size=4, steps=2)
PLAN = {
    recalibrate.RIGHT: [("solution", "solution", 1), ("solution", "clamp_x0", 1)],
    records.WRONG: [("none", "noise", 0), ("mask_inverted", "mask_inverted", 0)],
}


def which(runs):
    return [(run.net, run.sampler, run.seed) for run in runs]


@pytest.fixture
def recorded(tmp_path):
    """A folder with a few rows of a tiny tier."""
    for name, rows in PLAN.items():
        runs = [
            records.Run(sampler, net, seed, 1, 1, 1, 1, 1, 1, records.describe(TINY))
            for net, sampler, seed in rows
        ]
        records.append(tmp_path / "recorded" / name, runs)
    return tmp_path / "recorded"


@pytest.mark.usefixtures("long_run")
def test_every_recorded_run_is_made_again_and_none_twice(recorded, tmp_path, monkeypatch):
    place, quiet = tmp_path / "again", Console(quiet=True)
    make_again(recorded, place, TINY, quiet)
    made = {name: records.read(place / name, TINY) for name in PLAN}
    assert {name: sorted(which(runs)) for name, runs in made.items()} == {
        name: sorted(rows) for name, rows in PLAN.items()
    }
    assert all(run.loss > 0 for run in made[recalibrate.RIGHT])

    def never(*_):
        raise AssertionError("made a run that was there")

    monkeypatch.setattr(recalibrate, "make_runs", never)
    make_again(recorded, place, TINY, quiet)
    assert {name: records.read(place / name, TINY) for name in PLAN} == made

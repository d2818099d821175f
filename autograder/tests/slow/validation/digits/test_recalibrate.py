"""Runs of the calibration are made again, each once, and an interruption loses none."""

from dataclasses import replace

import pytest
from rich.console import Console

from autograder.validation.digits import recalibrate, records
from autograder.validation.digits.recalibrate import make_again
from autograder.validation.digits.version import code_version
from checkkit.runs.digits import CPU

TINY = replace(CPU, num_ts=3, num_hiddens=2, batch_size=4, steps=2)
PLAN = [
    ("solution", "solution", 1),
    ("solution", "clamp_x0", 1),
    ("none", "noise", 0),
    ("mask_inverted", "mask_inverted", 0),
]
QUIET = Console(quiet=True)


def row(net: str, sampler: str, seed: int) -> records.Run:
    """A row that other code has made."""
    tier = records.describe(TINY)
    return records.Run(sampler, net, seed, 1, 1, 1, 1, None, 1, 1, tier, "other code")


def which(path):
    return [(run.net, run.sampler, run.seed) for run in records.read(path, TINY)]


@pytest.mark.usefixtures("long_run")
def test_rows_of_other_code_are_made_again_and_none_twice(tmp_path, monkeypatch):
    path = tmp_path / "runs.csv"
    records.add(path, [row(*run) for run in PLAN])
    make_runs = recalibrate.make_runs

    def interrupted(path, tier, job):
        if job[0] == "mask_inverted":
            raise KeyboardInterrupt
        make_runs(path, tier, job)

    monkeypatch.setattr(recalibrate, "make_runs", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_again(path, TINY, QUIET)
    partly = records.read(path, TINY)
    assert which(path) == PLAN
    assert [run.version == code_version(TINY) for run in partly] == [True, True, True, False]
    assert [run.bent is None for run in partly] == [False, False, False, True]

    monkeypatch.setattr(recalibrate, "make_runs", make_runs)
    assert make_again(path, TINY, QUIET) == 1
    whole = records.read(path, TINY)
    assert whole[:3] == partly[:3] and whole[3].version == code_version(TINY)
    assert make_again(path, TINY, QUIET) == 0 and records.read(path, TINY) == whole

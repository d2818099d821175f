"""The calibration is made again where its code has changed, and only there."""

from dataclasses import replace

import pytest
from rich.console import Console

from autograder.validation.digits import recalibrate, records
from autograder.validation.digits.recalibrate import code_version, make_again, recorded_version
from autograder.validation.known_bugs.apply import solution_files
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

    monkeypatch.setattr(recalibrate, "_runs", never)
    make_again(recorded, place, TINY, quiet)
    assert {name: records.read(place / name, TINY) for name in PLAN} == made


def test_comments_and_docstrings_change_nothing_and_code_does(monkeypatch):
    before = code_version()
    files = solution_files()

    def instead(ddpm: str):
        monkeypatch.setattr(recalibrate, "solution_files", lambda: {**files, "cfg.py": ddpm})
        return code_version()

    assert instead(f"# a comment\n{files['cfg.py']}") == before
    assert instead(f"{files['cfg.py']}\nX = 1\n") != before


def test_a_folder_says_with_which_code_its_runs_were_made(tmp_path):
    assert recorded_version(tmp_path) == ""
    (tmp_path / recalibrate.CODE).write_text("ab\n")
    assert recorded_version(tmp_path) == "ab"

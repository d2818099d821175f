"""The calibration ends with an error if a right run fails."""

from dataclasses import replace

import pytest
import typer

from autograder.config.paths import Repository
from autograder.exit_codes import ExitCode
from autograder.validation.digits import recalibrate, records
from autograder.validation.digits.version import code_version
from checkkit.runs.digits import CPU


def test_a_right_run_that_fails_is_an_error(tmp_path, monkeypatch, capsys):
    folder = tmp_path / Repository.calibration.name
    monkeypatch.setattr(recalibrate, "REPOSITORY", Repository(tmp_path))
    tier, version = records.describe(CPU), code_version(CPU)
    passing = records.Run("solution", "solution", 0, 0.8, 3, 0.1, 0.1, 0.1, 1, 1, tier, version)
    records.add(folder / records.right_file("cpu"), [passing])
    recalibrate.main()
    assert "nothing to do" in capsys.readouterr().out
    records.add(folder / records.right_file("cpu"), [replace(passing, seed=3, bent=0.5)])
    with pytest.raises(typer.Exit) as ended:
        recalibrate.main()
    assert ended.value.exit_code == ExitCode.FAILED
    assert "solution, seed 3: is right, and fails" in capsys.readouterr().out

"""The runs that the repository keeps as evidence: readable, small, and what they say they are."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.config.paths import REPOSITORY
from autograder.exit_codes import UserError
from autograder.experiments.trained_runs import export
from autograder.experiments.trained_runs.export import export_run, main
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import EXPORTED_WEIGHTS, read_run

RUNS = REPOSITORY.runs


@pytest.fixture
def of_class(tmp_path) -> Path:
    return shutil.copytree(RUNS / "class", tmp_path / "class")


FALLS = {"denoiser": 0.7, "time": 0.7, "class": 0.7, "flow-class": 0.9, "edm": 0.9}


@pytest.mark.parametrize(("name", "falls"), FALLS.items())
def test_each_kept_run_has_a_loss_for_every_batch_of_every_epoch(name, falls):
    settings, log = reference("runs.settings"), RUNS / name / "log.jsonl"
    preset, values = settings.from_yaml(RUNS / name / "config.yaml")
    curves = json.loads((RUNS / name / "curves.json").read_text())
    assert preset == name and values["runs"] == "runs" and values["data"] == "data"
    epochs = [json.loads(line)["epoch"] for line in log.read_text().splitlines()]
    assert epochs == list(range(1, values["epochs"] + 1))
    batches = len(epochs) * -(-60_000 // values["batch_size"])
    assert len(curves["epoch_loss"]) == len(epochs)
    assert len(curves["batch_loss"]) == batches
    before = curves["epoch_loss" if len(epochs) > 1 else "batch_loss"][0]
    assert curves["epoch_loss"][-1] < falls * before
    compared = json.loads((RUNS / "samplers" / "scores.json").read_text())["runs"]
    assert (RUNS / name / "scores.json").is_file() or name in compared


def test_exporting_an_exported_run_changes_nothing(of_class, tmp_path):
    for path in export_run(read_run(of_class), tmp_path / "again", weights=True):
        assert path.read_bytes() == (of_class / path.name).read_bytes()


def test_weights_above_the_limit_are_refused_and_nothing_is_written(
    of_class, tmp_path, monkeypatch
):
    monkeypatch.setattr(export, "LARGEST", 1000)
    with pytest.raises(UserError, match="MB of weights; keep a net of fewer channels"):
        export_run(read_run(of_class), tmp_path / "again", weights=True)
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda run: (run / EXPORTED_WEIGHTS).write_bytes(b"cut"), "these weights cannot be read"),
        (lambda run: (run / EXPORTED_WEIGHTS).unlink(), "has no weights"),
        (lambda run: (run / "config.yaml").unlink(), "has no config.yaml"),
        (lambda run: (run / "config.yaml").write_text("epochs: 3\n"), "names no preset"),
        (lambda run: (run / "config.yaml").write_text("preset: class\nlr: no\n"), "lr is"),
        (lambda run: (run / "curves.json").write_text("[1"), "curves.json is damaged"),
        (lambda run: (run / "log.jsonl").write_text("{"), "is damaged"),
    ],
)
def test_a_damaged_run_is_refused_in_a_sentence(of_class, tmp_path, spoil, sentence):
    spoil(of_class)
    with pytest.raises(UserError, match=sentence):
        read_run(of_class).net()
    with pytest.raises(UserError, match=sentence):
        main(of_class, tmp_path / "kept", weights=True)
    assert not (tmp_path / "kept").exists()


def test_numbers_survive_the_half_precision():
    weights = export.half({"w": torch.randn(5, 5).T, "n": torch.tensor(3)})
    assert weights["w"].dtype == torch.float16 and weights["w"].is_contiguous()
    assert weights["n"].dtype == torch.int64
    assert np.isclose(weights["w"].float().abs().sum(), weights["w"].double().abs().sum())

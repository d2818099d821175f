"""Folders of runs with tiny nets that nobody trained."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from autograder.experiments.metrics.digits import Digits, Half, load_digits
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import EXPORTED_WEIGHTS

T = 6


@pytest.fixture(scope="session")
def digits() -> Digits:
    """A few real digits in the place of both halves, measured in no time."""
    test = load_digits(Path("nowhere"), subset=True).test
    few = Half(test.images[:600], test.labels[:600])
    return Digits(few, few, whole=False)


@pytest.fixture
def folder_of(tmp_path) -> Callable[[str], Path]:
    """folder_of("edm"): the folder of a run of this preset, D = 2, after one epoch."""

    def make(preset: str) -> Path:
        settings = reference("runs.settings")
        kind, folder = settings.PRESETS[preset], tmp_path / "runs" / preset
        made = kind(num_hiddens=2, epochs=1, **({"num_ts": T} if preset == "class" else {}))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(settings.to_yaml(made))
        (folder / "curves.json").write_text('{"batch_loss": [0.5], "epoch_loss": [0.5]}')
        log = {"epoch": 1, "loss": 0.5, "images_per_second": 9.0, "digits": 100}
        (folder / "log.jsonl").write_text(json.dumps(log) + "\n")
        torch.manual_seed(0)
        state = reference("drawing").net_of(made).state_dict()
        save_file(state, folder / EXPORTED_WEIGHTS)
        return folder

    return make


@pytest.fixture
def folders(folder_of) -> dict[str, Path]:
    """The folder of a run of each preset that the table needs."""
    return {preset: folder_of(preset) for preset in ("class", "flow-class", "edm")}

"""A run of `python -m diffusion.train` that is stopped within an epoch, and goes on from there."""

import importlib
import json

import pytest
import torch

from autograder.tests.support.training import checkpoint_of, same_weights

pytestmark = pytest.mark.usefixtures("one_thread")
PRESETS = {  # and the loss of their loops
    "denoiser": "denoising_loss",
    "class": "ddpm_cfg_forward",
    "flow": "flow_forward",
}


@pytest.fixture
def every_batch(diffusion, monkeypatch):
    """Runs are saved after each batch, not after each minute."""
    monkeypatch.setattr(importlib.import_module("diffusion.runs.unfinished"), "EVERY", 0)


@pytest.fixture
def stopped(diffusion, command, monkeypatch):
    """stopped(preset, batch, ...): the run is interrupted in a batch; what it printed."""

    def run(preset, batch, *options):
        name, calls = PRESETS[preset], []
        loss = getattr(diffusion.training, name)

        def stops(*given, **named):
            calls.append(1)
            if len(calls) == batch:
                raise KeyboardInterrupt
            return loss(*given, **named)

        with monkeypatch.context() as patch:
            patch.setattr(diffusion.training, name, stops)
            return command(preset, *options)

    return run


@pytest.mark.usefixtures("every_batch")
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("batch", [3, 5])
def test_a_run_that_is_stopped_within_an_epoch_ends_as_a_whole_one(
    command, stopped, tmp_path, preset, batch
):
    options = "--epochs", 2, "--name"
    said = stopped(preset, batch, *options, "cut")
    epoch, left = (1, 2) if batch == 3 else (2, 1)
    assert said.status == 130
    assert f"Interrupted: epoch {epoch} is saved up to batch {left} of 3; continue with: " in said
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    said = command(preset, *options, "cut")
    assert f"{cut} continues in epoch {epoch} after batch {left} of 3: 2 epochs" in said
    assert f"# To begin this epoch again, delete {cut / 'unfinished'}." in said
    assert not (cut / "unfinished").exists()
    command(preset, *options, "whole")
    assert same_weights(cut, whole)
    one, other = (checkpoint_of(folder)["curves"] for folder in (cut, whole))
    assert one["batch_loss"] == other["batch_loss"] and len(one["batch_loss"]) == 6
    assert one["epoch_loss"] == pytest.approx(other["epoch_loss"], rel=1e-12)
    logs = [
        [json.loads(line)["loss"] for line in (folder / "log.jsonl").read_text().splitlines()]
        for folder in (cut, whole)
    ]
    assert logs[0] == pytest.approx(logs[1], rel=1e-6)


@pytest.mark.usefixtures("every_batch")
def test_a_run_that_is_stopped_twice_in_an_epoch_keeps_all_its_losses(command, stopped, tmp_path):
    assert "epoch 1 is saved up to batch 1 of 3" in stopped("denoiser", 2)
    assert "epoch 1 is saved up to batch 2 of 3" in stopped("denoiser", 2)
    command("denoiser", "--epochs", 5)
    command("denoiser", "--epochs", 5, "--name", "whole")
    cut, whole = (checkpoint_of(tmp_path / name) for name in ("denoiser", "whole"))
    assert cut["curves"]["batch_loss"] == whole["curves"]["batch_loss"]


@pytest.mark.usefixtures("every_batch")
def test_an_error_in_a_batch_tells_what_is_saved(diffusion, tmp_path, monkeypatch, capsys):
    loss, calls = diffusion.training.denoising_loss, []

    def fails(*given):
        calls.append(1)
        return loss(*given) if len(calls) < 3 else 1 / 0

    monkeypatch.setattr(diffusion.training, "denoising_loss", fails)
    small = ["--num-hiddens", "2", "--batch-size", "32", "--subset", "--device", "cpu"]
    assert diffusion.train.main(["denoiser", *small, "--runs", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "Stopped by the error above: epoch 1 is saved up to batch 2 of 3." in said


def test_a_run_that_is_stopped_in_its_first_minute_begins_again(stopped, tmp_path):
    said = stopped("denoiser", 3)
    assert "Interrupted before anything was saved; start again with: python -m" in said
    assert not (tmp_path / "denoiser" / "unfinished").exists()


@pytest.mark.usefixtures("every_batch")
def test_an_epoch_that_diverges_is_begun_again(command, diffusion, stopped, tmp_path, monkeypatch):
    stopped("denoiser", 3)
    right = diffusion.training.denoising_loss
    with monkeypatch.context() as patch:
        diverges = lambda *given: right(*given) * float("nan")  # noqa: E731
        patch.setattr(diffusion.training, "denoising_loss", diverges)
        assert "nothing was saved" in command("denoiser")
    assert not (tmp_path / "denoiser" / "unfinished").exists()
    assert "denoiser starts: " in command("denoiser")


@pytest.mark.usefixtures("every_batch")
def test_an_epoch_of_other_digits_is_refused(command, stopped, tmp_path):
    stopped("denoiser", 3)
    path = tmp_path / "denoiser" / "unfinished" / "checkpoint.pt"
    state = torch.load(path, weights_only=True)
    state["curves"]["of"] = 235
    torch.save(state, path)
    said = command("denoiser")
    assert said.status == 1
    assert f"{path} is of an epoch of 235 batches, but there are 3: provide the same" in said


@pytest.mark.usefixtures("every_batch")
def test_a_damaged_checkpoint_of_an_epoch_is_named(command, stopped, tmp_path):
    stopped("denoiser", 3)
    path = tmp_path / "denoiser" / "unfinished" / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:100])
    said = command("denoiser")
    assert said.status == 1
    assert f"{path} is damaged or incomplete; move" in said

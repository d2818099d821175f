"""Runs of `diffusion.train`: what they leave, how they resume, and what ends them."""

import importlib
import json
import os
import pickle
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from autograder.tests.support.training import checkpoint_of, same_weights

pytestmark = pytest.mark.usefixtures("one_thread")

LOOPS = {"denoiser": ["--lr", 1e-3], "time": ["--num-ts", 5], "class": ["--num-ts", 5]}


@pytest.mark.parametrize("preset", LOOPS)
def test_a_run_has_its_settings_log_checkpoint_weights_curves_and_figures(
    command, tmp_path, preset
):
    said = command(preset, "--epochs", 2, *LOOPS[preset])
    assert said.status == 0, said
    run = tmp_path / preset
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    curves = json.loads((run / "curves.json").read_text())
    assert [entry["epoch"] for entry in log] == [1, 2]
    assert [entry["loss"] for entry in log] == pytest.approx(curves["epoch_loss"])
    assert len(curves["batch_loss"]) == 6
    assert checkpoint_of(run)["curves"] == curves
    assert f"preset: {preset}" in (run / "config.yaml").read_text()
    weights = torch.load(run / "weights" / "epoch_02.pt", weights_only=True)
    whole = checkpoint_of(run)["model"]
    assert all(torch.equal(weights[name], whole[name]) for name in whole)
    for name in ("batch_loss", "epoch_loss"):
        assert (run / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert not list(run.rglob("*.tmp"))
    assert "epoch 2/2  loss" in said
    assert "96 of the subset of MNIST" in said


def test_what_an_interruption_after_the_last_checkpoint_left_undone_is_made_up_for(
    command, tmp_path
):
    command("denoiser", "--epochs", 2)
    run = tmp_path / "denoiser"
    weights, curves = run / "weights" / "epoch_02.pt", run / "curves.json"
    before = curves.read_text()
    weights.unlink()
    curves.unlink()
    shutil.rmtree(run / "figures")
    assert command("denoiser", "--epochs", 2).status == 0
    kept = torch.load(weights, weights_only=True)
    assert all(torch.equal(kept[name], w) for name, w in checkpoint_of(run)["model"].items())
    assert curves.read_text() == before
    assert (run / "figures" / "epoch_loss.png").exists()


def test_the_same_command_again_trains_nothing(command, tmp_path):
    command("denoiser", "--epochs", 1)
    before = (tmp_path / "denoiser" / "checkpoint.pt").read_bytes()
    said = command("denoiser", "--epochs", 1)
    assert said.status == 0
    assert "has all its 1 epochs" in said
    assert (tmp_path / "denoiser" / "checkpoint.pt").read_bytes() == before


def test_a_denoiser_may_be_trained_longer_and_equals_one_long_run(command, tmp_path):
    command("denoiser", "--epochs", 1, "--name", "short")
    said = command("denoiser", "--epochs", 2, "--name", "short")
    assert "goes on after epoch 1" in said
    command("denoiser", "--epochs", 2, "--name", "whole")
    assert same_weights(tmp_path / "short", tmp_path / "whole")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (("time", "--epochs", 1), ("time", "--epochs", 2), "epochs 1, not 2 (the decay of the"),
        (("denoiser", "--lr", 1e-3), ("denoiser", "--lr", 1e-2), "lr 0.001, not 0.01: go on there"),
        (("denoiser", "--name", "x"), ("time", "--name", "x"), "preset denoiser, not time"),
    ],
)
def test_a_folder_of_another_run_is_refused(command, tmp_path, first, second, said):
    short = ("--epochs", 1, "--num-ts", 5)
    fit = {"denoiser": short[:2], "time": short}
    command(first[0], *fit[first[0]], *first[1:])
    (run,) = tmp_path.iterdir()
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    answer = command(second[0], *fit[second[0]], *second[1:])
    assert answer.status == 2
    assert said in answer
    assert "another --name" in answer
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_a_checkpoint_of_unknown_settings_is_refused(command, tmp_path):
    command("denoiser", "--epochs", 1)
    (tmp_path / "denoiser" / "config.yaml").unlink()
    said = command("denoiser", "--epochs", 2)
    assert said.status == 2
    assert "holds a checkpoint without config.yaml" in said


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def _nothing_left(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("no checkpoint at all")


class Foreign:
    def __reduce__(self):
        return os.mkdir, ("was_run",)


def _pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Foreign()))


def _code(path: Path) -> None:
    torch.save({"epoch": Foreign()}, path)


def _other_net(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    state["model"]["last.weight"] = torch.zeros(1, 64, 3, 3)
    torch.save(state, path)


def _other_things(path: Path) -> None:
    torch.save({"weights": torch.zeros(3)}, path)


def _bytes_of_a_pickle(path: Path) -> None:
    path.write_bytes(b"\x80\x02uR")  # to be stored in nothing: an IndexError


def _no_weights(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    torch.save(state | {"model": None}, path)


def _nan(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    state["model"]["last.weight"].fill_(float("nan"))
    torch.save(state, path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "is damaged or cut short"),
        (_nothing_left, "is damaged or cut short"),
        (_text, "is not opened"),
        (_pickle, "is not opened"),
        (_code, "is not opened"),
        (_other_net, "another net (last.weight is (1, 64, 3, 3) there and (1, 2, 3, 3) here)"),
        (_other_things, "is no checkpoint of a training loop"),
        (_bytes_of_a_pickle, "is damaged or cut short"),
        (_no_weights, "is no checkpoint of a training loop"),
        (_nan, "holds weights that are not finite"),
    ],
)
def test_a_spoilt_checkpoint_is_told_and_left_alone(command, tmp_path, monkeypatch, spoil, said):
    monkeypatch.chdir(tmp_path)
    command("denoiser", "--epochs", 1)
    path = tmp_path / "denoiser" / "checkpoint.pt"
    spoil(path)
    before = path.read_bytes()
    answer = command("denoiser", "--epochs", 2)
    assert answer.status == 1
    assert said in answer
    assert str(path) in answer
    assert path.read_bytes() == before
    assert not (tmp_path / "was_run").exists()


def test_a_loss_that_is_nan_ends_the_run_before_it_is_saved(command, diffusion, tmp_path):
    command("denoiser", "--epochs", 1)
    before = (tmp_path / "denoiser" / "checkpoint.pt").read_bytes()
    right = diffusion.training.denoising_loss
    diffusion.training.denoising_loss = lambda *given: right(*given) * float("nan")
    said = command("denoiser", "--epochs", 2)
    assert said.status == 1
    assert "epoch 2, batch 1 of 3: the loss is nan; the checkpoint of epoch 1 is kept" in said
    assert "lower --lr" in said
    assert (tmp_path / "denoiser" / "checkpoint.pt").read_bytes() == before


def test_weights_that_are_nan_are_not_saved_where_the_loss_is_out_of_sight(
    command, diffusion, tmp_path
):
    def own_loop(unet, loader, sigma, num_epochs, lr, run_dir=None, on_epoch=None):
        for _ in loader:
            for weight in unet.parameters():
                weight.data.fill_(float("nan"))
        diffusion.training.save_checkpoint(run_dir, 1, unet, None, None, {})

    diffusion.training.train_denoiser = own_loop
    said = command("denoiser", "--epochs", 1)
    assert said.status == 1
    assert "epoch 1, batch 3 of 3" in said
    assert "is no longer finite; nothing was saved" in said
    assert not (tmp_path / "denoiser" / "checkpoint.pt").exists()


@pytest.mark.parametrize("device", ["cuda", "cuda:3"])
def test_a_missing_gpu_is_told(command, monkeypatch, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    said = command("denoiser", "--device", device)
    assert said.status == 1
    assert f"--device {device}: no such GPU" in said


def test_without_network_it_says_what_it_trains_on_and_mixes_no_digits(
    diffusion, command, tmp_path, monkeypatch, capsys
):
    import torchvision.datasets

    def offline(*given, **named):
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz")

    monkeypatch.setattr(torchvision.datasets, "MNIST", offline)
    said = command("denoiser", "--epochs", 1, "--no-subset")
    assert said.status == 0
    assert "96 of the subset of MNIST: MNIST cannot be downloaded." in said
    log = tmp_path / "denoiser" / "log.jsonl"
    log.write_text(log.read_text().replace('"digits": 96', '"digits": 60000'))
    said = command("denoiser", "--epochs", 2, "--no-subset")
    assert said.status == 1
    assert "begun with 60,000 digits and there are 96 now" in said


def test_a_dry_run_tells_and_writes_nothing(command, tmp_path):
    said = command("class", "--dry-run", "--num-ts", 5)
    assert said.status == 0
    assert "preset: class" in said
    assert "# device: cpu, " in said
    assert "20 epochs of 3 batches" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("preset", "stub"), [("denoiser", "Part 1 (task unet): fill in"), ("time", "Part 2 (task ")]
)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["run", "dry"])
def test_a_missing_stub_is_named(imported, folder_of, capsys, tmp_path, preset, stub, dry):
    starter = imported(folder_of("starter"))
    assert starter.train.main([preset, "--subset", "--runs", str(tmp_path), *dry]) == 1
    error = capsys.readouterr().err
    assert f"Not there yet: {stub}" in error
    assert error.count("\n") == 1


def test_a_net_that_an_assignment_does_not_ask_for_is_named(diffusion, capsys, tmp_path):
    del importlib.import_module("diffusion.unet").UnconditionalUNet
    assert diffusion.train.main(["denoiser", "--subset", "--runs", str(tmp_path), "--dry-run"]) == 2
    error = capsys.readouterr().err
    assert "diffusion.unet has no UnconditionalUNet, which this preset needs" in error
    assert error.count("\n") == 1


def test_a_mistake_of_ones_own_keeps_its_traceback(diffusion, command, tmp_path, capsys):
    def broken(*given):
        raise ZeroDivisionError("mine")

    diffusion.training.denoising_loss = broken
    options = ["--subset", "--runs", str(tmp_path), "--num-hiddens", "2"]
    assert diffusion.train.main(["denoiser", *options]) == 1
    assert "ZeroDivisionError: mine" in capsys.readouterr().err


def test_tensorboard_gets_the_loss(command, tmp_path):
    pytest.importorskip("tensorboard")
    said = command("denoiser", "--epochs", 1, "--tensorboard")
    assert said.status == 0, said
    (events,) = (tmp_path / "denoiser" / "tensorboard").iterdir()
    assert b"epoch loss" in events.read_bytes()


def test_ctrl_c_while_weights_are_written_leaves_nothing_half_written(
    diffusion, command, tmp_path, monkeypatch
):
    def interrupted(weights, path, *more):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    folder = importlib.import_module("diffusion.runs.folder")
    monkeypatch.setattr(folder.torch, "save", interrupted)
    assert command("denoiser", "--epochs", 1).status == 130
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own of 600 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mounting, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_the_last_checkpoint(command, small_disk):
    assert command("denoiser", "--epochs", 1, "--runs", small_disk).status == 0
    path = small_disk / "denoiser" / "checkpoint.pt"
    before = path.read_bytes()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"), filler.open("wb") as file:
        while True:
            file.write(bytes(4096))
            file.flush()
    os.truncate(filler, filler.stat().st_size - 32768)  # room for anything but a checkpoint
    said = command("denoiser", "--epochs", 2, "--runs", small_disk)
    assert said.status == 1
    assert "the checkpoint of epoch 2 cannot be written" in said
    assert "No space left on device" in said
    assert "run the same command again" in said
    assert path.read_bytes() == before
    assert not list(small_disk.rglob("*.tmp"))
    filler.unlink()
    assert command("denoiser", "--epochs", 2, "--runs", small_disk).status == 0
    assert checkpoint_of(path.parent)["epoch"] == 2

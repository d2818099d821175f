"""Damaged checkpoints, losses that are nan, interruptions and a full disk: nothing good is lost."""

import importlib
import os
import pickle
import subprocess
from pathlib import Path

import pytest
import torch

from autograder.tests.support.training import checkpoint_of, shared_lists

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_checkpoint_of_unknown_settings_is_refused(command, tmp_path):
    command("denoiser", "--epochs", 1)
    (tmp_path / "denoiser" / "config.yaml").unlink()
    said = command("denoiser", "--epochs", 2)
    assert said.status == 2
    assert "has a checkpoint without config.yaml" in said


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


def _weights_that_are_lists(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    torch.save(state | {"model": {"last.weight": shared_lists()}}, path)


def _a_long_name(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    state["model"]["x" * 10**6] = torch.zeros(3)
    torch.save(state, path)


def _nan(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    state["model"]["last.weight"].fill_(float("nan"))
    torch.save(state, path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "is damaged or incomplete"),
        (_nothing_left, "is damaged or incomplete"),
        (_text, "is not opened"),
        (_pickle, "is not opened"),
        (_code, "is not opened"),
        (_other_net, "another net (last.weight is (1, 64, 3, 3) there and (1, 2, 3, 3) here)"),
        (_other_things, "is not a checkpoint of a training loop"),
        (_bytes_of_a_pickle, "is damaged or incomplete"),
        (_no_weights, "is not a checkpoint of a training loop"),
        (_weights_that_are_lists, "is not a checkpoint of a training loop"),
        (_a_long_name, f"another net ({'x' * 100} is (3,) there and missing here)"),
        (_nan, "has weights that are not finite"),
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


@pytest.mark.timeout(120)
def test_curves_of_lists_that_share_their_parts_are_not_written(command, tmp_path):
    command("denoiser", "--epochs", 1)
    run = tmp_path / "denoiser"
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    torch.save(state | {"curves": {"epoch_loss": shared_lists()}}, run / "checkpoint.pt")
    (run / "curves.json").unlink()
    assert command("denoiser", "--epochs", 1).status == 0
    assert not (run / "curves.json").exists()


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
    assert "is not finite; nothing was saved" in said
    assert not (tmp_path / "denoiser" / "checkpoint.pt").exists()


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
    assert "cannot write the checkpoint of epoch 2 in" in said
    assert "No space left on device" in said
    assert "run the same command again" in said
    assert path.read_bytes() == before
    assert not list(small_disk.rglob("*.tmp"))
    filler.unlink()
    assert command("denoiser", "--epochs", 2, "--runs", small_disk).status == 0
    assert checkpoint_of(path.parent)["epoch"] == 2

"""Runs of `diffusion.train`: what they leave, how they resume, and what ends them."""

import importlib
import json
import math
import re
import subprocess
import sys

import pytest
import torch
from torch.utils.data import TensorDataset

from autograder.tests.support.training import checkpoint_of, same_weights
from checkkit.runner.machine import processors

pytestmark = pytest.mark.usefixtures("one_thread")


LOOPS = {"denoiser": ["--lr", 1e-3], "time": ["--num-ts", 5], "class": ["--num-ts", 5]}


@pytest.mark.parametrize("preset", LOOPS)
def test_a_run_has_its_settings_log_checkpoint_weights_curves_and_a_picture(
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
    assert (run / "learnt.png").read_bytes().startswith(b"\x89PNG")
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
    assert command("denoiser", "--epochs", 2).status == 0
    kept = torch.load(weights, weights_only=True)
    assert all(torch.equal(kept[name], w) for name, w in checkpoint_of(run)["model"].items())
    assert curves.read_text() == before


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
    assert "continues after epoch 1" in said
    command("denoiser", "--epochs", 2, "--name", "whole")
    assert same_weights(tmp_path / "short", tmp_path / "whole")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (("time", "--epochs", 1), ("time", "--epochs", 2), "epochs 1, not 2 (the decay of the"),
        (
            ("denoiser", "--lr", 1e-3),
            ("denoiser", "--lr", 1e-2),
            "lr 0.001, not 0.01: continue it with",
        ),
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
    assert "started with 60,000 digits, but 96 are available" in said


def test_a_dry_run_tells_what_it_assumes_and_writes_nothing(command, tmp_path):
    said = command("class", "--dry-run", "--num-ts", 5)
    assert said.status == 0
    assert "preset: class" in said
    assert "# device: cpu, 1 thread; " in said
    assert "20 epochs of 3 batches" in said
    assert "if every batch takes as long as the 2 that were timed" in said
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_it_tells_the_time_left_in_lines(diffusion, command, monkeypatch):
    monkeypatch.setattr(importlib.import_module("diffusion.runs.progress"), "LINE", 0)
    lines = command("denoiser", "--epochs", 2).splitlines()
    talk = [line for line in lines if re.fullmatch(r"epoch \d/2 batch \d/3  loss .* left", line)]
    assert len(talk) == 6 and talk[0].startswith("epoch 1/2 batch 1/3") and "\x1b" not in str(talk)


def test_a_notebook_tells_how_an_epoch_goes_on(diffusion, monkeypatch, capsys):
    progress = importlib.import_module("diffusion.runs.progress")
    loader = progress.batches(TensorDataset(torch.zeros(5, 1)), batch_size=2)
    assert len(list(loader)) == 3 and capsys.readouterr().out == ""
    monkeypatch.setattr(progress, "LINE", 0)
    assert len(list(loader)) == 3
    assert re.fullmatch(
        r"  batch 1 of 3; the epoch ends in 0:00\n  batch 2 of 3; .*\n", capsys.readouterr().out
    )


def test_others_that_hold_the_cores_are_told(diffusion, command):
    held = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(4 * math.ceil(processors()))
    ]
    try:
        said = command("denoiser", "--epochs", 1)
    finally:
        for program in held:
            program.kill()
            program.wait()
    assert re.search(r"# Other programs are busy: the training gets \d+% of 1 thread", said)


@pytest.mark.parametrize(
    ("preset", "stub"), [("denoiser", "Part 1 (task unet): fill in"), ("time", "Part 2 (task ")]
)
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["run", "dry"])
def test_a_missing_stub_is_named(imported, folder_of, capsys, tmp_path, preset, stub, dry):
    starter = imported(folder_of("starter"))
    assert starter.train.main([preset, "--subset", "--runs", str(tmp_path), *dry]) == 1
    error = capsys.readouterr().err
    assert f"Not written yet: {stub}" in error
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

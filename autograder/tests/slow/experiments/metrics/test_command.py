"""`autograder evaluate`: what it writes for each preset, and what it turns down."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from autograder.cli import app
from autograder.experiments.metrics import sampling

FEW = ["--samples=40", "--search-samples=40", "--compared=20", "--device=cpu", "--guidance=0,2"]


def evaluate(folder, output, *more) -> tuple[int, dict, str]:
    """The exit status, the scores, and what was printed."""
    words = ["evaluate", folder, "--output", output, *FEW, *(more or ["--subset"])]
    done = CliRunner().invoke(app, list(map(str, words)))
    scores = json.loads((output / "scores.json").read_text()) if done.exit_code == 0 else {}
    return done.exit_code, scores, done.output


def pictures_are_whole(folder, *names) -> None:
    for name in names:
        with Image.open(folder / name) as picture:
            picture.load()
            assert picture.width == 720 and np.asarray(picture.convert("L")).std() > 10
    assert not list(folder.rglob("*.part"))


def test_a_class_run_has_all_its_scores(run_of, tmp_path):
    status, scores, printed = evaluate(run_of("tiny"), tmp_path)
    assert status == 0
    assert (scores["run"]["preset"], scores["run"]["epoch"]) == ("tiny", 1)
    assert scores["digits"] == {"source": "subset", "training": 24000, "test": 4000}
    assert scores["computed"]["device"] == "cpu" and scores["computed"]["seed"] == 0
    at_5, best = scores["scores"]
    assert at_5["guidance"] == 5 and best["guidance"] == scores["guidance"]["best"] in (0, 2)
    for one in (at_5, best):
        accuracy = one["accuracy"]
        assert one["samples"] == accuracy["count"] == 40
        assert 0 <= accuracy["low"] <= accuracy["value"] <= accuracy["high"] <= 1
        assert sum(each["count"] for each in accuracy["per_class"]) == 40
        assert one["nearest_training_digit"]["images"] == 20
        assert one["frechet"] > scores["real"]["training_digits_as_samples"]["frechet"]
        assert one["class_counts"] == [4] * 10
    search = scores["guidance"]["search"]
    assert [one["guidance"] for one in search["tried"]] == [0, 2] and search["samples"] == 40
    floor = scores["real"]["frechet_floor"]
    assert floor["training"] == floor["test"] == 4000 and 0 < floor["value"] < 0.1
    assert scores["targets"] == []
    assert str(tmp_path) not in json.dumps(scores) and "runs" not in scores["run"]["settings"]
    pictures_are_whole(tmp_path, "scores.png", "closest.png")
    assert "guidance 5" in printed and "Fréchet distance" in printed


def test_the_same_command_again_draws_nothing_and_says_the_same(run_of, tmp_path, monkeypatch):
    _, first, _ = evaluate(run_of("tiny"), tmp_path)
    monkeypatch.setattr(sampling, "sample", None)
    assert evaluate(run_of("tiny"), tmp_path)[:2] == (0, first)


def test_a_time_run_is_scored_without_classes(run_of, tmp_path):
    status, scores, _ = evaluate(run_of("time"), tmp_path)
    assert status == 0 and scores["guidance"] is None
    (only,) = scores["scores"]
    assert only["guidance"] is None and only["accuracy"] is None
    assert sum(only["class_counts"]) == only["samples"] == 40
    pictures_are_whole(tmp_path, "scores.png", "closest.png")


def test_a_denoiser_gains_at_the_sigma_that_it_was_trained_with(run_of, tmp_path):
    status, scores, _ = evaluate(run_of("denoiser"), tmp_path)
    assert status == 0
    rows = {row["sigma"]: row for row in scores["psnr"]["over_sigma"]}
    assert list(rows) == [step / 10 for step in range(11)] and scores["psnr"]["digits"] == 40
    assert rows[0]["noisy"] is None
    assert rows[0.5]["noisy"] == pytest.approx(6.02, abs=0.2)
    assert rows[0.5]["denoised"] > rows[0.5]["noisy"] + 2
    pictures_are_whole(tmp_path, "scores.png")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--guidance=1,x", "--guidance 1,x: give numbers from 0 to 100"),
        ("--guidance=", "--guidance : give numbers"),
        ("--guidance=nan", "give numbers"),
        ("--guidance=-1", "give numbers"),
        ("--epoch=7", "has the weights of 1; choose one of them"),
        ("--device=cuda:99", "--device cuda:99"),
        ("--device=tpu", "must be auto, cuda, mps or cpu"),
        (f"--seed={2**63}", "'--seed'"),
    ],
)
def test_bad_options_are_named_and_nothing_is_written(run_of, tmp_path, option, sentence):
    output = tmp_path / "out"
    status, _, printed = evaluate(run_of("tiny"), output, "--subset", option)
    assert status == 2
    assert sentence in printed
    assert not output.exists()


@pytest.mark.parametrize("damage", ["no run", "weights", "no weights", "config", "too wide"])
def test_a_damaged_run_is_named_and_nothing_is_written(run_of, tmp_path, damage):
    folder, output = tmp_path / "run", tmp_path / "out"
    if damage == "no run":
        folder.mkdir()
    else:
        shutil.copytree(run_of("tiny"), folder)
    if damage == "weights":
        path = folder / "weights" / "epoch_01.pt"
        path.write_bytes(path.read_bytes()[:1000])
    if damage == "no weights":
        (folder / "weights" / "epoch_01.pt").write_bytes(b"")
    if damage == "too wide":
        config = (folder / "config.yaml").read_text()
        wide = config.replace("num_hiddens: 4", "num_hiddens: 900000000")
        (folder / "config.yaml").write_text(wide)
    if damage == "config":
        (folder / "config.yaml").write_text("preset: tiny\nnum_ts: many\n")
    status, _, printed = evaluate(folder, output)
    assert status == 2
    assert str(folder) in printed and "Traceback" not in printed
    assert not [path for path in output.rglob("*") if path.is_file()]


def test_a_denoiser_that_has_diverged_is_named(run_of, tmp_path):
    folder = shutil.copytree(run_of("denoiser"), tmp_path / "run")
    path = folder / "weights" / "epoch_01.pt"
    weights = torch.load(path, weights_only=True)
    weights["last.weight"].fill_(torch.nan)
    torch.save(weights, path)
    status, _, printed = evaluate(folder, tmp_path / "out")
    assert status == 2 and "training has diverged" in printed
    assert not (tmp_path / "out" / "scores.json").exists()


def test_an_output_that_cannot_be_written_is_named(run_of, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, printed = evaluate(run_of("tiny"), tmp_path / "file")
    assert status == 2 and "'--output'" in printed


def test_damaged_mnist_is_named(run_of, tmp_path):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for half in ("train", "t10k"):
        for name in ("images-idx3-ubyte", "labels-idx1-ubyte"):
            (raw / f"{half}-{name}").write_bytes(b"\0" * 20)
    data = tmp_path / "data"
    status, _, printed = evaluate(run_of("tiny"), tmp_path / "out", "--data", data)
    assert status == 2 and "remove its folder MNIST" in printed

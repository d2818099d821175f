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
from autograder.experiments.metrics.command import Request, run

FEW = {"samples": 40, "search_samples": 40, "compared": 20, "subset": True, "device": "cpu"}


def evaluate(folder, output, **more) -> tuple[int, dict]:
    status = run(Request(run=folder, output=output, **FEW | {"guidance": "0,2"} | more))
    return status, json.loads((output / "scores.json").read_text()) if status == 0 else {}


def pictures_are_whole(folder, *names) -> None:
    for name in names:
        with Image.open(folder / name) as picture:
            picture.load()
            assert picture.width == 720 and np.asarray(picture.convert("L")).std() > 10
    assert not list(folder.rglob("*.part"))


def test_a_class_run_has_all_its_scores(run_of, tmp_path, capsys):
    status, scores = evaluate(run_of("tiny"), tmp_path)
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
    said = capsys.readouterr().out
    assert "guidance 5" in said and "Fréchet distance" in said


def test_the_same_command_again_draws_nothing_and_says_the_same(run_of, tmp_path, monkeypatch):
    _, first = evaluate(run_of("tiny"), tmp_path)
    monkeypatch.setattr(sampling.Sampler, "_sample", None)
    assert evaluate(run_of("tiny"), tmp_path) == (0, first)


def test_a_time_run_is_scored_without_classes(run_of, tmp_path):
    status, scores = evaluate(run_of("time"), tmp_path)
    assert status == 0 and scores["guidance"] is None
    (only,) = scores["scores"]
    assert only["guidance"] is None and only["accuracy"] is None
    assert sum(only["class_counts"]) == only["samples"] == 40
    pictures_are_whole(tmp_path, "scores.png", "closest.png")


def test_a_denoiser_gains_at_the_sigma_that_it_was_trained_with(run_of, tmp_path):
    status, scores = evaluate(run_of("denoiser"), tmp_path)
    assert status == 0
    rows = {row["sigma"]: row for row in scores["psnr"]["over_sigma"]}
    assert list(rows) == [step / 10 for step in range(11)] and scores["psnr"]["digits"] == 40
    assert rows[0]["noisy"] is None
    assert rows[0.5]["noisy"] == pytest.approx(6.02, abs=0.2)
    assert rows[0.5]["denoised"] > rows[0.5]["noisy"] + 2
    pictures_are_whole(tmp_path, "scores.png")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"guidance": "1,x"}, "--guidance 1,x: give numbers from 0 to 100"),
        ({"guidance": ""}, "--guidance : give numbers"),
        ({"guidance": "nan"}, "give numbers"),
        ({"guidance": "-1"}, "give numbers"),
        ({"epoch": 7}, "holds the weights of 1; name one of them"),
        ({"device": "cuda:99"}, "--device cuda:99"),
        ({"seed": 2**63}, f"--seed {2**63}: it must be"),
    ],
)
def test_bad_options_are_named_and_nothing_is_written(run_of, tmp_path, capsys, options, said):
    output = tmp_path / "out"
    assert evaluate(run_of("tiny"), output, **options) == (2, {})
    assert said in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("damage", ["no run", "weights", "no weights", "config", "too wide"])
def test_a_damaged_run_is_named_and_nothing_is_written(run_of, tmp_path, capsys, damage):
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
    assert evaluate(folder, output)[0] == 2
    error = capsys.readouterr().err
    assert str(folder) in error and "Traceback" not in error
    assert not [path for path in output.rglob("*") if path.is_file()]


def test_a_denoiser_that_has_diverged_is_named(run_of, tmp_path, capsys):
    folder = shutil.copytree(run_of("denoiser"), tmp_path / "run")
    path = folder / "weights" / "epoch_01.pt"
    weights = torch.load(path, weights_only=True)
    weights["last.weight"].fill_(torch.nan)
    torch.save(weights, path)
    assert evaluate(folder, tmp_path / "out")[0] == 2
    assert "training has diverged" in capsys.readouterr().err
    assert not (tmp_path / "out" / "scores.json").exists()


def test_an_output_that_cannot_be_written_is_named(run_of, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert evaluate(run_of("tiny"), tmp_path / "file")[0] == 2
    assert "file: " in capsys.readouterr().err


def test_damaged_mnist_is_named(run_of, tmp_path, capsys):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for half in ("train", "t10k"):
        for name in ("images-idx3-ubyte", "labels-idx1-ubyte"):
            (raw / f"{half}-{name}").write_bytes(b"\0" * 20)
    given = {"data": tmp_path / "data", "subset": False}
    assert evaluate(run_of("tiny"), tmp_path / "out", **given)[0] == 2
    assert "remove its folder MNIST" in capsys.readouterr().err


def test_the_command_line_turns_down_an_odd_device(run_of):
    done = CliRunner().invoke(app, ["evaluate", str(run_of("tiny")), "--device", "tpu"])
    assert done.exit_code == 2 and "must be auto, cuda, mps or cpu" in done.output

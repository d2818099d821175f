"""The table from tiny nets: what it counts, that it goes on where it was, and what it refuses."""

import csv
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console

from autograder.exit_codes import ExitCode, UserError
from autograder.experiments.samplers import command
from autograder.experiments.samplers.drawing import Nets, read_runs
from autograder.experiments.samplers.kept import Keeper
from autograder.experiments.samplers.rows import METHODS, Row
from autograder.progress import Progress

STEPS = {"ddim": (2, 6), "flow": (2,), "edm": (2, 3)}
CLASSES = np.arange(25) % 10
CPU = torch.device("cpu")


@pytest.fixture
def few(digits, monkeypatch) -> None:
    """The command compares with these digits."""
    monkeypatch.setattr(command, "load_digits", lambda data, subset: digits)


def compare(folders, output, **changed) -> ExitCode:
    given = {"steps": STEPS, "etas": (0.0, 1.0), "samples": 40, "guidance": 2.0, "seed": 0}
    given |= {"kept": output / "samples", "data": output, "subset": True, "device": "cpu"}
    methods = changed.pop("methods", METHODS)
    return command.compare(methods, folders, output=output, **(given | changed))


def files(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    "row", [Row("ddpm", 6), Row("ddim", 3, 0.5), Row("flow", 2), Row("edm", 2), Row("edm", 5)]
)
def test_every_sampler_calls_its_net_as_often_as_the_table_says(folders, tmp_path, row):
    keeper = Keeper(Nets(read_runs([row.method], folders), CPU, 2.0), 0, tmp_path / "kept", 10)
    images = []
    drawn = keeper.draw(row, CLASSES, images.append)
    assert drawn.calls == row.evaluations and sum(images) == 25 * row.evaluations
    assert drawn.images.shape == (25, 28, 28) and 0 <= drawn.images.min() <= drawn.images.max() <= 1
    assert drawn.seconds > 0


def test_every_row_begins_with_the_same_noise(folders, monkeypatch):
    nets, c, began = Nets(read_runs(METHODS, folders), CPU, 2.0), torch.arange(10), []
    for row in (Row("ddpm", 6), Row("ddim", 3, 1.0), Row("flow", 2), Row("edm", 3)):
        with monkeypatch.context() as patch:

            def first(x, *given, scale=80.0 if row.method == "edm" else 1.0):
                c_in = (scale**2 + 0.34**2) ** -0.5 if scale > 1 else 1.0
                began.append(x / scale / c_in)
                raise StopIteration

            patch.setattr(nets.net(row), "forward", first)
            with pytest.raises(StopIteration):
                nets.draw(row, c, seed=7)
    for noise in began[1:]:
        assert torch.allclose(noise, began[0], atol=1e-5)


def test_what_was_drawn_is_kept_and_the_rest_is_drawn_again(folders, tmp_path):
    row, kept = Row("flow", 3), tmp_path / "kept"
    nets = Nets(read_runs(["flow"], folders), CPU, 2.0)
    first = Keeper(nets, 0, kept, 10).draw(row, CLASSES)
    batches = sorted(kept.iterdir())
    assert [path.name[:11] for path in batches] == ["flow-3-000-", "flow-3-001-", "flow-3-002-"]
    batches[0].unlink()
    batches[1].write_bytes(batches[1].read_bytes()[:100])
    keeper, images = Keeper(nets, 0, kept, 10), []
    assert keeper.left(row, CLASSES) == 20
    again = keeper.draw(row, CLASSES, images.append)
    assert np.array_equal(first.images, again.images) and sum(images) == 20 * row.evaluations
    assert keeper.left(row, CLASSES) == 0 and keeper.draw(row, CLASSES).calls is None
    for other in (Keeper(nets, 1, kept, 10), Keeper(Nets(nets.runs, CPU, 3.0), 0, kept, 10)):
        assert other.left(row, CLASSES) == 25


def test_the_table_has_every_row_and_real_digits_beside_them(few, folders, tmp_path):
    assert compare(folders, tmp_path / "out") == ExitCode.OK
    out = tmp_path / "out"
    assert {*files(out)} == {"README.md", "frechet.png", "table.csv", "scores.json"}
    rows = list(csv.DictReader((out / "table.csv").read_text().splitlines()))
    counted = [(row["method"], row["eta"], row["net_evaluations"]) for row in rows]
    assert counted == [
        *(("DDIM", "0", "4"), ("DDIM", "1", "4"), ("flow, Euler", "", "4")),
        *(("EDM, Heun", "", "6"), ("EDM, Heun", "", "10")),
        *(("DDIM", "0", "12"), ("DDIM", "1", "12"), ("DDPM", "", "12")),
    ]
    assert {(row["samples"], row["guidance"]) for row in rows} == {("40", "2")}
    scores = json.loads((out / "scores.json").read_text())
    assert len(scores["real"]["frechet"]) == 10 and min(scores["real"]["frechet"]) > 0
    assert scores["runs"]["edm"]["num_hiddens"] == 2 and "runs" not in scores["runs"]["edm"]
    page = (out / "README.md").read_text()
    assert page.count("\n| DDIM |") == 4 and "| real digits |" in page and "not drawn" not in page
    assert max(len(line) for line in page.splitlines() if "|" not in line) <= 100
    assert str(tmp_path) not in page + json.dumps(scores)
    with Image.open(out / "frechet.png") as picture:
        picture.load()
        assert picture.width == 720


def test_an_interrupted_table_keeps_its_rows_and_ends_as_another_would(
    few, folders, tmp_path, monkeypatch
):
    out, draw, methods = tmp_path / "out", Nets.draw, ("flow", "edm")

    def stop_at_edm(self, row, classes, seed):
        if row.method == "edm":
            raise KeyboardInterrupt
        return draw(self, row, classes, seed)

    with monkeypatch.context() as patch:
        patch.setattr(Nets, "draw", stop_at_edm)
        assert compare(folders, out, methods=methods) == ExitCode.INTERRUPTED
    assert "Rows that are not drawn yet: 2." in (out / "README.md").read_text()
    assert len((out / "table.csv").read_text().splitlines()) == 1 + 1
    drawn = {path.name for path in (out / "samples").iterdir()}
    assert compare(folders, out, methods=methods) == ExitCode.OK
    assert drawn < {path.name for path in (out / "samples").iterdir()}
    before = files(out)
    monkeypatch.setattr(Nets, "draw", None)
    assert compare(folders, out, methods=methods) == ExitCode.OK and files(out) == before


def test_work_that_is_left_counts_no_kept_samples(digits, folders, tmp_path):
    nets = Nets(read_runs(["flow"], folders), CPU, 2.0)
    keeper, rows = Keeper(nets, 0, tmp_path, 10), [Row("flow", 2), Row("flow", 5)]
    comparison = command.Comparison(digits, 40, 0)
    keeper.draw(rows[0], comparison.classes)
    progress = Progress(Console(quiet=True))
    assert [one.row for one in comparison.scores(rows, keeper, progress)] == rows
    assert progress.total == progress.done == 40 * 10


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda run: shutil.rmtree(run), "--edm-run: .*there is no such folder.* diffusion.train"),
        (lambda run: (run / "weights.safetensors").unlink(), "--edm-run: .*has no weights.*train"),
        (lambda run: (run / "config.yaml").unlink(), "--edm-run: .*has no config.yaml"),
        (
            lambda run: shutil.copytree(run.parent / "class", run, dirs_exist_ok=True),
            "--edm-run .*: its preset is class; give a run of edm",
        ),
    ],
)
def test_a_run_that_cannot_be_used_is_refused_in_a_sentence(folders, tmp_path, spoil, sentence):
    spoil(folders["edm"])
    with pytest.raises(UserError, match=sentence):
        compare(folders, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_run_that_no_method_needs_may_be_missing(few, folders, tmp_path):
    shutil.rmtree(folders["edm"])
    assert compare(folders, tmp_path / "out", methods=("flow",)) == ExitCode.OK


def test_a_net_that_has_diverged_is_told(folders, tmp_path):
    nets = Nets(read_runs(["flow"], folders), CPU, 2.0)
    for weight in nets.net(Row("flow", 2)).unet.parameters():
        weight.fill_(float("nan"))
    with pytest.raises(UserError, match="not finite; the training has diverged"):
        Keeper(nets, 0, tmp_path / "kept", 10).draw(Row("flow", 2), CLASSES)
    assert not (tmp_path / "kept").exists()

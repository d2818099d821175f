"""A run's folder whose files are damaged, or were made to harm: a sentence, and nothing runs."""

import os
import pickle
from pathlib import Path

import pytest
import torch

from autograder.exit_codes import UserError
from autograder.experiments.trained_runs.export import export_run
from autograder.experiments.trained_runs.reference import reference
from autograder.experiments.trained_runs.run import read_run


@pytest.fixture
def run(tmp_path) -> Path:
    """A run of one epoch, of a net that nobody trained."""
    folder = tmp_path / "run"
    (folder / "weights").mkdir(parents=True)
    (folder / "config.yaml").write_text("preset: denoiser\nnum_hiddens: 2\nepochs: 1\n")
    net = reference("unet").UnconditionalUNet(1, 2)
    torch.save(net.state_dict(), folder / "weights" / "epoch_01.pt")
    return folder


class Harm:
    def __reduce__(self):
        return os.mkdir, ("was_run",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"cannot be read \(EOFError|cannot be read \(Ran out"),
        (b"\x80\x02uR", "cannot be read"),
        (pickle.dumps(Harm()), "no file of weights; it is not opened"),
    ],
)
def test_weights_that_are_none_are_refused(run, tmp_path, monkeypatch, content, sentence):
    monkeypatch.chdir(tmp_path)
    (run / "weights" / "epoch_01.pt").write_bytes(content)
    with pytest.raises(UserError, match=sentence) as refused:
        read_run(run).net()
    assert "weights_only" not in str(refused.value)
    assert not (tmp_path / "was_run").exists()


def test_a_net_that_fits_nowhere_is_refused(run):
    (run / "config.yaml").write_text("preset: denoiser\nnum_hiddens: 900000000\n")
    with pytest.raises(UserError, match="no net can be made with num_hiddens 900000000"):
        read_run(run).net()


@pytest.mark.parametrize("file", ["curves.json", "log.jsonl"])
def test_json_without_end_is_refused(run, file):
    (run / file).write_text("[" * 100_000)
    with pytest.raises(UserError, match=file):
        read_run(run)


def test_a_loss_that_no_float_holds_is_refused(run):
    (run / "curves.json").write_text(f'{{"batch_loss": [{10**400}]}}')
    with pytest.raises(UserError, match=r"curves\.json is damaged"):
        read_run(run)


def test_a_file_in_the_place_of_the_folder_is_named(run, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match=r"file/kept/config\.yaml cannot be written"):
        export_run(read_run(run), tmp_path / "file" / "kept", weights=False)
    assert (tmp_path / "file").read_text() == "mine"

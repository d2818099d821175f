"""`autograder figures` draws with the students' program, on runs of the solution."""

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.config.paths import REPOSITORY


def drawn(tmp_path, *runs):
    output = tmp_path / "figures"
    words = ["figures", *runs, "--subset", "--device", "cpu", "--output", output]
    return CliRunner().invoke(app, list(map(str, words))), output


def test_a_run_without_weights_shows_its_losses_and_what_lacks_the_net(tmp_path):
    runs = [REPOSITORY.runs / name for name in ("denoiser", "time")]
    done, output = drawn(tmp_path, *runs)
    assert done.exit_code == 1, done.output
    names = {path.name for path in output.iterdir()}
    assert names == {"1-noising-strip.png", "2-denoiser-loss.png", "5-ddpm-loss.png"}
    assert f"6-ddpm-samples.png is not drawn: {runs[1]} has no weights" in done.output


def test_a_folder_that_is_no_run_is_named(tmp_path):
    done, output = drawn(tmp_path, tmp_path)
    assert done.exit_code == 2
    assert f"{tmp_path} has no config.yaml: give the folder of a run" in done.output
    assert not output.exists()


@pytest.mark.parametrize("device", ["toaster", "cuda:x"])
def test_a_device_that_is_none_is_refused(tmp_path, device):
    words = ["figures", str(REPOSITORY.runs / "time"), "--device", device]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2

"""`autograder figures` on trained runs: what it writes, and what it refuses."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.nn.modules.module import register_module_forward_pre_hook

from autograder.experiments.trained_runs.run import read_run

OF_DENOISER = {"loss.png", "denoised.png", "unseen-noise.png"}
OF_TIME = {"loss.png", "epochs.png", "reverse.gif"}
OF_CLASS = OF_TIME | {"classes.png", "labels.png", "guidance.png"}


def test_every_figure_that_the_runs_allow_is_drawn_small_and_said(draw, trained):
    status, printed, output = draw(trained / "denoiser", trained / "time", trained / "class")
    assert status == 0, printed
    wanted = {"noising.png"}
    for name, files in (("denoiser", OF_DENOISER), ("time", OF_TIME), ("class", OF_CLASS)):
        wanted |= {f"{name}-{file}" for file in files}
    assert {path.name for path in output.iterdir()} == wanted
    for name in wanted:
        path = output / name
        assert f"{path}: " in printed
        assert path.stat().st_size < (1_000_000 if path.suffix == ".gif" else 150_000)
        with Image.open(path) as picture:
            picture.load()
            assert picture.width == {"gif": 600}.get(path.suffix[1:], picture.width)
    assert "(3) test digits after epochs 1, 5" in printed
    assert "(6) samples after epoch 1" in printed
    assert "(8) samples after epochs 1, 5, 6" in printed
    assert "not drawn: (6) samples of time, epochs 5, 10, 15, 20: trained for 1 epoch, " in printed
    assert "not drawn: (8) samples of class, epochs 10, 15, 20: trained for 6 epochs" in printed
    assert "they need a run" not in printed


def test_nothing_is_cut_off_at_the_sides(draw, trained):
    _, _, output = draw(trained / "denoiser", trained / "class")
    for path in output.glob("*.png"):
        with Image.open(path) as picture:
            grey = np.asarray(picture.convert("L"))
        sides = grey[:, :2], grey[:, -2:], grey[:2], grey[-2:]
        assert all((side > 250).all() for side in sides), path.name


def test_the_same_seed_draws_the_same_files_and_another_seed_draws_others(draw, trained, tmp_path):
    files = {}
    for name, seed in (("first", 0), ("again", 0), ("other", 1)):
        _, _, output = draw(trained / "class", seed=seed, output=tmp_path / name)
        files[name] = {path.name: path.read_bytes() for path in output.iterdir()}
    assert files["first"] == files["again"]
    same = {name for name, data in files["first"].items() if files["other"][name] == data}
    assert same == {"class-loss.png"}


def test_existing_files_are_replaced_whole(draw, trained):
    _, _, output = draw(trained / "denoiser")
    before = (output / "noising.png").read_bytes()
    (output / "noising.png").write_bytes(b"x" * 10**6)
    draw(trained / "denoiser")
    assert (output / "noising.png").read_bytes() == before
    assert not list(output.glob(".*"))


def test_a_run_of_which_the_last_net_alone_is_kept_shows_that(draw, trained, tmp_path):
    run = copied(trained / "class", tmp_path)
    save_file(read_run(run).net().half().state_dict(), run / "weights.safetensors")
    shutil.rmtree(run / "weights")
    status, printed, output = draw(run)
    assert status == 0
    assert "(8) samples after epoch 6" in printed
    assert "epochs 1, 5, 10, 15, 20: trained for 6 epochs, weights kept of 6" in printed
    assert {path.name for path in output.glob("class-*")} == {f"class-{f}" for f in OF_CLASS}


def test_losses_that_no_logarithm_has_are_named_and_the_rest_is_drawn(draw, trained, tmp_path):
    run = copied(trained / "denoiser", tmp_path)
    (run / "curves.json").write_text('{"batch_loss": [0.1, NaN], "epoch_loss": [0.1]}')
    status, printed, output = draw(run)
    assert status == 0
    assert f"(2) loss curves of denoiser: {run / 'curves.json'} holds no losses above 0" in printed
    names = {f"denoiser-{file}" for file in OF_DENOISER - {"loss.png"}} | {"noising.png"}
    assert {path.name for path in output.iterdir()} == names


def copied(run, tmp_path):
    return Path(shutil.copytree(run, tmp_path / "damaged" / run.name))


def cut_short(run):
    path = run / "weights" / "epoch_05.pt"
    path.write_bytes(path.read_bytes()[:2000])
    return path


def emptied(run):
    path = run / "weights" / "epoch_05.pt"
    path.write_bytes(b"")
    return path


def no_numbers(run):
    path = run / "weights" / "epoch_06.pt"
    weights = torch.load(path, weights_only=True)
    next(iter(weights.values())).fill_(torch.nan)
    torch.save(weights, path)
    return "epoch 6 is not finite; train"


def of_another_net(run):
    shutil.copy(run.parents[1] / "of_time.pt", run / "weights" / "epoch_01.pt")
    return run / "weights" / "epoch_01.pt"


def too_wide(run):
    config = run / "config.yaml"
    config.write_text(config.read_text().replace("num_hiddens: 4", "num_hiddens: 900000000"))
    return config


def without_settings(run):
    (run / "config.yaml").unlink()
    return f"{run} has no config.yaml: give"


def not_text(run):
    (run / "curves.json").write_bytes(b"\xff\x00")
    return run / "curves.json"


@pytest.mark.parametrize(
    "damage",
    [cut_short, emptied, no_numbers, of_another_net, too_wide, without_settings, not_text],
)
def test_a_damaged_run_is_named_and_nothing_is_written(draw, trained, tmp_path, damage):
    shutil.copy(trained / "time" / "weights" / "epoch_01.pt", tmp_path / "of_time.pt")
    run = copied(trained / "class", tmp_path)
    place = str(damage(run))
    status, printed, output = draw(trained / "denoiser", run)
    assert status == 2
    assert place in printed
    assert "Traceback" not in printed
    assert not output.exists()


def test_a_folder_may_have_any_name(draw, trained, tmp_path):
    run = shutil.copytree(trained / "denoiser", tmp_path / "$x_{$")
    status, printed, output = draw(run)
    assert status == 0, printed
    assert {path.name for path in output.glob("$*")} == {f"$x_{{$-{file}" for file in OF_DENOISER}


def test_two_runs_of_one_name_are_refused(draw, trained, tmp_path):
    status, printed, output = draw(trained / "denoiser", copied(trained / "denoiser", tmp_path))
    assert status == 2
    assert "have the same name" in printed
    assert not output.exists()


def test_an_output_that_is_a_file_is_named(draw, trained, tmp_path):
    (tmp_path / "file").write_text("mine")
    status, printed, _ = draw(trained / "denoiser", output=tmp_path / "file")
    assert status == 2
    assert f"{tmp_path / 'file' / 'noising.png'} cannot be written" in printed
    assert (tmp_path / "file").read_text() == "mine"


def test_ctrl_c_leaves_whole_figures_alone(draw, trained):
    def interrupt(module, _):
        if type(module).__name__ == "SamplingNet":
            raise KeyboardInterrupt

    hook = register_module_forward_pre_hook(interrupt)
    try:
        status, printed, output = draw(trained / "class")
    finally:
        hook.remove()
    assert status == 130
    assert "Interrupted; 2 figures are whole" in printed
    assert {path.name for path in output.iterdir()} == {"noising.png", "class-loss.png"}

"""`autograder figures`, on runs that `diffusion.train` really trained: tiny nets, few digits."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console
from safetensors.torch import save_file
from torch.nn.modules.module import register_module_forward_pre_hook

from autograder.experiments.figures.handout import denoising, run_figures, samples
from autograder.experiments.figures.handout.sheets import MARGIN
from autograder.experiments.trained_runs.inference import sample, sampling_net
from autograder.experiments.trained_runs.run import read_run
from autograder.progress import Progress
from autograder.tests.support.student_folder import student_folder

DIGITS = 96
PRESETS = {
    "denoiser": ["--epochs", "5", "--num-hiddens", "4", "--lr", "0.001"],
    "time": ["--epochs", "1", "--num-hiddens", "2", "--num-ts", "8"],
    "class": ["--epochs", "6", "--num-hiddens", "4", "--num-ts", "21"],
}
OF_DENOISER = {"loss.png", "denoised.png", "unseen-noise.png"}
OF_TIME = {"loss.png", "epochs.png", "reverse.gif"}
OF_CLASS = OF_TIME | {"classes.png", "labels.png", "guidance.png"}


@pytest.fixture(scope="module")
def trained(long_run, tmp_path_factory) -> Path:
    """The folder of three runs of the solution, trained in a process of their own."""
    folder = student_folder(tmp_path_factory.mktemp("trained"), DIGITS)
    common = ["--subset", "--device", "cpu", "--batch-size", "32", "--runs", str(folder / "runs")]
    commands = [[preset, *options, *common] for preset, options in PRESETS.items()]
    program = f"from diffusion.train import main\nfor one in {commands}: assert main(one) == 0"
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True)
    return folder / "runs"


@pytest.fixture
def setting(digits):
    return run_figures.Setting(digits, torch.device("cpu"), seed=3, samples_per_class=1)


def test_every_figure_that_the_runs_allow_is_drawn_small_and_said(draw, trained):
    status, said, output = draw(trained / "denoiser", trained / "time", trained / "class")
    assert status == 0, said
    wanted = {"noising.png"}
    for name, files in (("denoiser", OF_DENOISER), ("time", OF_TIME), ("class", OF_CLASS)):
        wanted |= {f"{name}-{file}" for file in files}
    assert {path.name for path in output.iterdir()} == wanted
    for name in wanted:
        path = output / name
        assert f"{path}: " in said
        assert path.stat().st_size < (1_000_000 if path.suffix == ".gif" else 150_000)
        with Image.open(path) as picture:
            picture.load()
            assert picture.width == {"gif": 600}.get(path.suffix[1:], picture.width)
    assert "(3) test digits after epochs 1, 5" in said
    assert "(6) samples after epoch 1" in said
    assert "(8) samples after epochs 1, 5, 6" in said
    assert "not drawn: (6) samples of time, epochs 5, 10, 15, 20: trained for 1 epoch, " in said
    assert "not drawn: (8) samples of class, epochs 10, 15, 20: trained for 6 epochs" in said
    assert "they need a run" not in said


def test_nothing_is_cut_off_at_the_sides(draw, trained):
    _, _, output = draw(trained / "denoiser", trained / "class")
    for path in output.glob("*.png"):
        with Image.open(path) as picture:
            grey = np.asarray(picture.convert("L"))
        edge = 4 if "loss" in path.name else MARGIN
        sides = grey[:, :edge], grey[:, -edge:], grey[:2], grey[-2:]
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


def test_denoised_digits_are_clean_noisy_and_denoised_after_each_epoch(trained, digits):
    run = read_run(trained / "denoiser")
    nets = {epoch: run.net(epoch) for epoch in (1, 5)}
    sheet = denoising.denoised_sheet(nets, digits, 0.5, 0, "A run")
    assert [panel.label for panel in sheet.panels] == [
        "clean test digits",
        "noisy, σ = 0.5",
        "denoised after epoch 1",
        "denoised after epoch 5",
    ]
    clean, noisy, first, fifth = (panel.images for panel in sheet.panels)
    assert torch.equal(clean[0], denoising.one_of_each(digits, 0)[:, 0])
    assert (noisy - clean).std().item() == pytest.approx(0.5, abs=0.02)
    with torch.no_grad():
        torch.testing.assert_close(fifth, nets[5](noisy.transpose(0, 1)).transpose(0, 1))
    assert not torch.equal(first, fifth)


def test_unseen_noise_shows_each_digit_noisy_and_denoised(trained, digits):
    run = read_run(trained / "denoiser")
    sheet = denoising.unseen_sheet(run.net(), 5, digits, 0.5, 0, "A run")
    assert [panel.label for panel in sheet.panels] == ["noisy", "denoised"] * denoising.SHOWN
    assert all(panel.images.shape == (1, 7, 28, 28) for panel in sheet.panels)
    assert len(sheet.panels[0].columns) == 7


@pytest.fixture
def draws(trained, setting, monkeypatch):
    """The calls of the sampler for the figures of a class run, by the file that needs them."""
    calls, by_file = [], {}

    def noted(run, net, classes, seed, guidance, advance):
        starts = []
        with net.register_forward_pre_hook(lambda net, given: starts.append(given[0].clone())):
            images, caches = sample(run, net, classes, seed, guidance, advance)
        calls.append((classes.tolist(), guidance, starts[0], images))
        return images, caches

    monkeypatch.setattr(run_figures, "sample", noted)
    run, progress = read_run(trained / "class"), Progress(Console(quiet=True))
    for file, _, _ in run_figures.figures_of(run, setting, progress):
        by_file[file] = calls[:]
        calls.clear()
    assert progress.done == pytest.approx(
        run_figures.images_to_sample(read_run(trained / "class"), setting)
    )
    return by_file


@pytest.mark.parametrize("file", ["class-guidance.png", "class-epochs.png"])
def test_the_rows_to_be_compared_start_from_one_noise(draws, file):
    starts = [start for _, _, start, _ in draws[file]]
    assert len(starts) >= 3
    assert all(torch.equal(start, starts[0]) for start in starts)
    assert starts[0].std().item() == pytest.approx(1, abs=0.1)
    (_, _, _, first), (_, _, _, second) = draws[file][:2]
    assert not torch.equal(first, second)


def test_guidance_has_a_labelled_row_for_each_scale(draws):
    assert [guidance for _, guidance, _, _ in draws["class-guidance.png"]] == [0, 1, 5, 7, 10, 15]
    assert all(classes == list(range(10)) for classes, _, _, _ in draws["class-guidance.png"])
    images = torch.zeros(10, 1, 28, 28)
    sheet = samples.guidance_sheet(dict.fromkeys(samples.SCALES, images), 6, "A run")
    assert [panel.label for panel in sheet.panels] == [f"w = {w}" for w in (0, 1, 5, 7, 10, 15)]
    assert sheet.panels[0].columns == tuple("0123456789")


def test_columns_of_the_class_grid_are_classes(draws):
    assert {(tuple(classes), w) for classes, w, _, _ in draws["class-epochs.png"]} == {
        (tuple(range(10)), 5)
    }
    assert draws["class-classes.png"] == []  # it shows the digits of the last epoch
    images = torch.arange(10.0).repeat(4).view(-1, 1, 1, 1).expand(-1, 1, 28, 28)
    (panel,) = samples.grid_sheet(images, 6, "A run").panels
    assert panel.columns == tuple("0123456789")
    assert (panel.images == torch.arange(10.0).view(1, 10, 1, 1)).all()
    assert panel.images.shape[:2] == (4, 10)


def test_the_animation_has_a_frame_for_each_cached_image_and_holds_the_last(trained, setting):
    run = read_run(trained / "class")
    net = sampling_net(run, 6, setting.device)
    images, caches = sample(run, net, torch.arange(10), seed=0, guidance=5.0)
    assert torch.equal(caches[:, -1], images)
    with Image.open(io.BytesIO(samples.reverse_gif(caches, 21, True))) as animation:
        durations, last = [], None
        for at in range(animation.n_frames):
            animation.seek(at)
            durations.append(animation.info["duration"])
            last = np.asarray(animation.convert("L"))
        assert animation.info["loop"] == 0
    assert samples.kept_steps(21) == [20, 19, 6, 5, 4, 3, 2, 1, 0]
    assert durations == [150] * 8 + [1500]
    side = 28 * samples.ZOOM
    final = last[-side - 4 :, 2 : 2 + side][:side:2, ::2] / 255  # the first digit, once a pixel
    assert np.abs(final - images[0, 0].clamp(0, 1).numpy()).max() < 0.05


def test_a_run_of_which_the_last_net_alone_is_kept_shows_that(draw, trained, tmp_path):
    run = copied(trained / "class", tmp_path)
    save_file(read_run(run).net().half().state_dict(), run / "weights.safetensors")
    shutil.rmtree(run / "weights")
    status, said, output = draw(run)
    assert status == 0
    assert "(8) samples after epoch 6" in said
    assert "epochs 1, 5, 10, 15, 20: trained for 6 epochs, weights kept of 6" in said
    assert {path.name for path in output.glob("class-*")} == {f"class-{f}" for f in OF_CLASS}


def test_losses_that_no_logarithm_has_are_named_and_the_rest_is_drawn(draw, trained, tmp_path):
    run = copied(trained / "denoiser", tmp_path)
    (run / "curves.json").write_text('{"batch_loss": [0.1, NaN], "epoch_loss": [0.1]}')
    status, said, output = draw(run)
    assert status == 0
    assert f"(2) loss curves of denoiser: {run / 'curves.json'} holds no losses above 0" in said
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
    return f"{run} holds no config.yaml: give"


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
    status, said, output = draw(trained / "denoiser", run)
    assert status == 2
    assert place in said
    assert "Traceback" not in said
    assert not output.exists()


def test_a_folder_may_have_any_name(draw, trained, tmp_path):
    run = shutil.copytree(trained / "denoiser", tmp_path / "$x_{$")
    status, said, output = draw(run)
    assert status == 0, said
    assert {path.name for path in output.glob("$*")} == {f"$x_{{$-{file}" for file in OF_DENOISER}


def test_two_runs_of_one_name_are_refused(draw, trained, tmp_path):
    status, said, output = draw(trained / "denoiser", copied(trained / "denoiser", tmp_path))
    assert status == 2
    assert "have the same name" in said
    assert not output.exists()


def test_an_output_that_is_a_file_is_named(draw, trained, tmp_path):
    (tmp_path / "file").write_text("mine")
    status, said, _ = draw(trained / "denoiser", output=tmp_path / "file")
    assert status == 2
    assert f"{tmp_path / 'file' / 'noising.png'} cannot be written" in said
    assert (tmp_path / "file").read_text() == "mine"


def test_ctrl_c_leaves_whole_figures_alone(draw, trained):
    def interrupt(module, _):
        if type(module).__name__ == "SamplingNet":
            raise KeyboardInterrupt

    hook = register_module_forward_pre_hook(interrupt)
    try:
        status, said, output = draw(trained / "class")
    finally:
        hook.remove()
    assert status == 130
    assert "Interrupted; 2 figures are whole" in said
    assert {path.name for path in output.iterdir()} == {"noising.png", "class-loss.png"}

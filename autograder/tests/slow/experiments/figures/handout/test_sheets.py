"""Sheets and animations of runs that `diffusion.train` trained: tiny nets, few digits."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console

from autograder.experiments.figures.handout import denoising, run_figures, samples
from autograder.experiments.trained_runs.inference import sample, sampling_net
from autograder.experiments.trained_runs.run import read_run
from autograder.progress import Progress


@pytest.fixture
def setting(digits):
    return run_figures.Setting(digits, torch.device("cpu"), seed=3, samples_per_class=1)


def test_denoised_digits_are_clean_noisy_and_denoised_after_each_epoch(trained, digits):
    run = read_run(trained / "denoiser")
    nets = {epoch: run.net(epoch) for epoch in (1, 5)}
    sheet = denoising.denoised_sheet(nets, digits, 0.5, 0, "A run")
    assert list(sheet.rows) == [
        "clean test digits",
        "noisy, σ = 0.5",
        "denoised after epoch 1",
        "denoised after epoch 5",
    ]
    clean, noisy, first, fifth = sheet.rows.values()
    assert torch.equal(clean, denoising.one_of_each(digits, 0))
    assert (noisy - clean).std().item() == pytest.approx(0.5, abs=0.02)
    with torch.no_grad():
        torch.testing.assert_close(fifth, nets[5](noisy))
    assert not torch.equal(first, fifth)


def test_unseen_noise_shows_each_digit_noisy_and_denoised(trained, digits):
    run = read_run(trained / "denoiser")
    sheet = denoising.unseen_sheet(run.net(), 5, digits, 0.5, 0, "A run")
    names = [f"{digit} {what}" for digit in range(3) for what in ("noisy", "denoised")]
    assert list(sheet.rows) == names
    assert all(images.shape == (7, 1, 28, 28) for images in sheet.rows.values())
    assert len(sheet.columns) == 7


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
    assert list(sheet.rows) == [f"w = {w}" for w in (0, 1, 5, 7, 10, 15)]
    assert sheet.columns == tuple("0123456789")


def test_columns_of_the_class_grid_are_classes(draws):
    assert {(tuple(classes), w) for classes, w, _, _ in draws["class-epochs.png"]} == {
        (tuple(range(10)), 5)
    }
    assert draws["class-classes.png"] == []  # it shows the digits of the last epoch
    images = torch.arange(10.0).repeat(4).view(-1, 1, 1, 1).expand(-1, 1, 28, 28)
    sheet = samples.grid_sheet(images, 6, "A run")
    assert sheet.columns == tuple("0123456789")
    (shown,) = sheet.rows.values()
    assert torch.equal(shown, images)


def test_the_animation_has_a_frame_for_each_cached_image_and_holds_the_last(trained, setting):
    run = read_run(trained / "class")
    net = sampling_net(run, 6, setting.device)
    images, caches = sample(run, net, torch.arange(10), seed=0, guidance=5.0)
    assert torch.equal(caches[:, -1], images)
    with Image.open(io.BytesIO(samples.reverse_gif(caches, 21))) as animation:
        durations, last = [], None
        for at in range(animation.n_frames):
            animation.seek(at)
            durations.append(animation.info["duration"])
            last = np.asarray(animation.convert("L"))
        assert animation.info["loop"] == 0
    assert samples.kept_steps(21) == [20, 19, 6, 5, 4, 3, 2, 1, 0]
    assert durations == [150] * 8 + [1500]
    side = 28 * samples.ZOOM
    final = last[-side - 2 : -2, 2 : 2 + side][::2, ::2] / 255  # the first digit, once a pixel
    assert np.abs(final - images[0, 0].clamp(0, 1).numpy()).max() < 0.05

"""The pieces of the handout's figures: noise, sheets, curves, and the steps that are shown."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from autograder.cli import app
from autograder.config.paths import REPOSITORY
from autograder.experiments.figures.handout import denoising, samples
from autograder.experiments.figures.handout.sheets import Sheet, loss_png


def test_without_a_run_there_is_the_noising_strip_and_a_reason_for_the_rest(tmp_path):
    done = CliRunner().invoke(app, ["figures", "--subset", "--output", str(tmp_path / "figures")])
    assert done.exit_code == 0, done.output
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["noising.png"]
    assert done.output.count("not drawn: ") == 4
    assert "they need a run of denoiser" in done.output


def test_a_run_without_weights_shows_its_losses_and_what_lacks_the_net(tmp_path):
    runs = [str(REPOSITORY.runs / name) for name in ("denoiser", "time")]
    output = tmp_path / "figures"
    done = CliRunner().invoke(app, ["figures", *runs, "--subset", "--output", str(output)])
    assert done.exit_code == 0, done.output
    drawn = {path.name for path in output.iterdir()}
    assert drawn == {"noising.png", "denoiser-loss.png", "time-loss.png"}
    assert done.output.count("the run keeps no weights") == 2


def test_noise_grows_as_sigma_and_is_the_same_in_a_row(digits):
    x = denoising.one_of_each(digits, seed=0)
    noise = denoising.strip(x, seed=0) - x[:, None]
    assert torch.equal(noise[:, 0], torch.zeros_like(x))
    eps = noise[:, -1]
    assert eps.std().item() == pytest.approx(1, abs=0.05)
    for at, sigma in enumerate(denoising.SIGMAS):
        torch.testing.assert_close(noise[:, at], sigma * eps, atol=1e-5, rtol=0)


def test_the_noising_strip_has_a_labelled_column_for_each_sigma(digits):
    sheet = denoising.noising_sheet(digits, seed=0)
    assert sheet.columns == ("0", "0.2", "0.4", "0.5", "0.6", "0.8", "1")
    assert [images.shape for images in sheet.rows.values()] == [(7, 1, 28, 28)] * denoising.SHOWN


def test_samples_stand_below_test_digits_of_the_label_that_was_asked_for(digits):
    real, labels = samples.random_labels(digits, seed=0)
    classes = {x.numpy().tobytes(): int(c) for x, c in zip(*digits.tensors, strict=True)}
    assert [classes[x.numpy().tobytes()] for x in real] == list(labels)
    images = torch.tensor(labels).float().view(-1, 1, 1, 1).expand(-1, 1, 28, 28)
    sheet = samples.labels_sheet(real, labels, images, 6, "A")
    names = list(sheet.rows)
    for above, below in zip(names[::2], names[1::2], strict=True):
        assert [str(int(image[0, 0, 0])) for image in sheet.rows[below]] == sheet.columns[above]
    assert torch.equal(torch.cat([sheet.rows[name] for name in names[::2]]), real)


def test_the_animation_stays_small_whatever_is_sampled():
    noise = torch.randn(100, 22, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    made = samples.reverse_gif(noise, 300)
    assert len(made) < 1_000_000
    with Image.open(io.BytesIO(made)) as animation:
        assert (animation.n_frames, animation.size) == (22, (600, samples.TIME + 4 * 60))


def test_kept_steps_follow_the_rule_of_the_handout():
    steps = samples.kept_steps(300)
    assert len(steps) == 22
    assert steps[:3] == [299, 279, 259]
    assert steps[-8:] == [19, 6, 5, 4, 3, 2, 1, 0]


def test_a_sheet_shows_each_image_in_its_place():
    images = torch.zeros(20, 1, 28, 28)
    marked = images.clone()
    marked[13] = 1
    pictures = []
    for of_sheet in (images, marked):
        with Image.open(io.BytesIO(Sheet("$T_{", {"a": of_sheet}, "$C_{").png())) as picture:
            pictures.append(np.asarray(picture.convert("L")).astype(int))
    black = np.argwhere(pictures[0] < 40)
    (_, left), (bottom, right) = black.min(0), black.max(0)
    changed = np.argwhere(abs(pictures[0] - pictures[1]) > 200)
    (y_0, x_0), (y_1, x_1) = changed.min(0), changed.max(0)
    assert (x_0 - left) / (right - left) > 0.3 and (x_1 - left) / (right - left) < 0.5
    assert y_0 / bottom > 0.4 and y_1 <= bottom


def test_nothing_of_a_long_caption_is_cut_off():
    sheet = Sheet("T", {"a label": torch.zeros(2, 1, 28, 28)}, "Many words that say much. " * 12)
    with Image.open(io.BytesIO(sheet.png())) as picture:
        grey = np.asarray(picture.convert("L"))
    for side in (grey[:, :4], grey[:, -4:], grey[:2], grey[-2:]):
        assert (side > 250).all()


@pytest.mark.parametrize(
    ("batches", "epochs"),
    [([0.5], [0.5]), ([1.0, 0.1, 0.09, 0.08] * 400, [0.3, 0.2]), ([1e6, 1e-6], [1.0])],
    ids=["one batch", "many", "wide"],
)
def test_curves_of_any_length_are_drawn_without_a_warning(batches, epochs):
    with Image.open(io.BytesIO(loss_png(batches, epochs, "A run of $x_{"))) as picture:
        assert min(picture.size) > 500


@pytest.mark.parametrize("device", ["toaster", "cuda:99", "cuda:x"])
def test_a_device_that_is_not_there_is_named(draw, device):
    status, printed, _ = draw(device=device)
    assert status == 2
    assert f"--device {device}: " in printed

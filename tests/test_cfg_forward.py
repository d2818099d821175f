"""Task cfg_forward: `ddpm_cfg_forward` of diffusion/cfg.py."""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.losses import analysed_loss, random_classes, run_batches, run_loss
from checkkit.verdicts.distributions import (
    assert_classes_passed_on,
    assert_dropping_in_small_batches,
    assert_dropping_rates,
    assert_independent_dropping,
    assert_uniform_timesteps,
    drawn_timesteps,
)
from checkkit.verdicts.losses import (
    LossAnalysis,
    assert_forward_process,
    assert_mean_loss,
    assert_new_noise,
    assert_noise_target,
    assert_normalised_time,
)
from checkkit.verdicts.pictures import a_digit, show_forward_process, show_noisy_digits
from checkkit.verdicts.settings import Setting, clean_images
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_mode_kept

pytestmark = pytest.mark.task("cfg_forward")

T = 31


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, T)


@pytest.fixture
def loss(submission, setting, rng) -> LossAnalysis:
    """The loss of 64 images of 12 x 12 pixels."""
    x_0, c = clean_images(rng, 64, 12, 12), random_classes(rng, 64)
    return analysed_loss(submission, setting, x_0, c)


def test_x_t_mixes_x_0_and_the_target_noise_by_alpha_bar(submission, loss, setting, rng, exhibits):
    """The net gets x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps and predicts this eps.

    As in equation 6; the net gets the class in addition.
    """
    show_forward_process(exhibits, loss)
    x_0 = np.tile(a_digit(), (64, 1, 1, 1))
    show_noisy_digits(exhibits, analysed_loss(submission, setting, x_0, random_classes(rng, 64)))
    assert_forward_process(loss)


def test_each_image_is_mixed_on_its_own(submission, setting, rng):
    """One image and 12 images of 12 x 12 pixels are mixed correctly, each with its own t and eps.

    Give the factors of x_0 and eps the shape (N, 1, 1, 1).
    """
    for size in (1, 12):
        x_0, c = clean_images(rng, size, 12, 12), random_classes(rng, size)
        assert_forward_process(analysed_loss(submission, setting, x_0, c))


def test_the_net_is_told_t_divided_by_the_number_of_steps(loss):
    """The net gets t / T, a number in (0, 1], not t itself."""
    assert_normalised_time(loss)


def test_the_loss_is_the_mean_over_all_pixels(loss):
    """The loss is the mean of (net - eps)^2 over every pixel of the batch, not the sum."""
    assert_mean_loss(loss)


def test_the_target_is_fresh_standard_normal_noise(submission, loss, setting, rng):
    """The noise is normal with mean 0 and variance 1, new for every pixel of every image, in every
    call.
    """
    assert_noise_target(loss)
    x_0, c = clean_images(rng, 64, 12, 12), random_classes(rng, 64)
    assert_new_noise(loss, analysed_loss(submission, setting, x_0, c))


def test_each_image_draws_its_own_t_uniformly_from_all_steps(submission, setting, rng, exhibits):
    """Every image draws its own t, each of 1, ..., T with the same chance, and never 0."""
    x_0, c = clean_images(rng, 2048, 2, 2), random_classes(rng, 2048)
    rows = run_loss(submission, setting, x_0, c)["rows"]
    assert_uniform_timesteps(setting, rows[:, 0], exhibits)


def test_classes_are_dropped_with_the_given_probability(submission, setting, rng):
    """The mask drops each image's class with probability p_uncond: at 0 none, at 1 all, in batches
    of any size.

    1 keeps and 0 drops. Pass the mask to the net, which drops the class; draw a random number for
    each image.
    """
    x_0, c = clean_images(rng, 1024, 2, 2), random_classes(rng, 1024)
    runs = [(p, run_loss(submission, setting, x_0, c, p)["rows"]) for p in (0.0, 0.35, 1.0)]
    assert_dropping_rates(runs, c)
    for size in (4, 1):
        images, p = slice(200 * size), 0.35
        keep = run_batches(submission, setting, x_0[images], c[images], p, size)
        assert_dropping_in_small_batches(keep, size, p)


def test_dropping_depends_on_nothing(submission, setting, rng):
    """Whether a class is dropped depends neither on t nor on the neighbouring images."""
    x_0, c = clean_images(rng, 2048, 2, 2), random_classes(rng, 2048)
    rows = run_loss(submission, setting, x_0, c, 0.35)["rows"]
    assert_independent_dropping(rows, "t", drawn_timesteps(setting, rows[:, 0]))


def test_the_net_is_told_the_class_of_each_image(submission, setting, rng):
    """The net gets c unchanged; no class number stands for "no class"."""
    x_0, c = clean_images(rng, 256, 2, 2), rng.integers(1, 10, size=256)
    assert_classes_passed_on(run_loss(submission, setting, x_0, c, 0.35)["rows"], c)


@pytest.mark.supporting
def test_the_gradient_reaches_the_net(submission, setting, rng):
    """The loss has a gradient in the net's parameters."""
    analysed_loss(submission, setting, clean_images(rng, 3, 12, 12), random_classes(rng, 3))


@pytest.mark.supporting
def test_the_mode_of_the_net_is_left_alone(submission, setting, rng):
    """The loss leaves the net in train() or eval(), as it was: the training loop sets the mode."""
    x_0, c = clean_images(rng, 3, 12, 12), random_classes(rng, 3)
    for train_mode in (True, False):
        evidence = run_loss(submission, setting, x_0, c, train_mode=train_mode)
        assert_mode_kept(evidence, train_mode)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x_0, c and the schedule are the same after the call as before; x_t is float32 like x_0."""
    x_0, c = clean_images(rng, 40, 4, 4), random_classes(rng, 40)
    assert_arguments_unchanged(run_loss(submission, setting, x_0, c, 0.5), x_0=x_0, c=c)


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x_0(submission, setting, rng):
    """t, noise, mask and x_t are on the device of x_0; name no device yourself."""
    arguments = clean_images(rng, 3, 12, 12), random_classes(rng, 3), 0.5, T
    assert_stays_on_device(submission, "cfg.ddpm_cfg_forward", setting, arguments, "x_0")

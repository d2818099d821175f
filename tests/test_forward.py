"""Task forward: `ddpm_forward` of diffusion/ddpm.py."""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.losses import analysed_loss, run_loss
from checkkit.verdicts.distributions import assert_uniform_timesteps
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

pytestmark = pytest.mark.task("forward")

T = 31


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, T)


@pytest.fixture
def loss(submission, setting, rng) -> LossAnalysis:
    """The loss of 64 images of 12 x 12 pixels."""
    return analysed_loss(submission, setting, clean_images(rng, 64, 12, 12))


def test_x_t_mixes_x_0_and_the_target_noise_by_alpha_bar(submission, loss, setting, exhibits):
    """The net gets x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps and predicts this eps.

    Equation 5. Both factors are square roots and use alpha_bar, not alpha. The loss compares the
    answer with the same eps that is in x_t.
    """
    show_forward_process(exhibits, loss)
    show_noisy_digits(
        exhibits, analysed_loss(submission, setting, np.tile(a_digit(), (64, 1, 1, 1)))
    )
    assert_forward_process(loss)


def test_each_image_is_mixed_on_its_own(submission, setting, rng):
    """One image and 12 images of 12 x 12 pixels are mixed correctly, each with its own t and eps.

    A tensor (N,) times images (N, 1, H, W) is wrong, and raises no error when N = W: give the
    factors the shape (N, 1, 1, 1).
    """
    for size in (1, 12):
        x_0 = clean_images(rng, size, 12, 12)
        assert_forward_process(analysed_loss(submission, setting, x_0))


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
    again = analysed_loss(submission, setting, clean_images(rng, 64, 12, 12))
    assert_new_noise(loss, again)


def test_each_image_draws_its_own_t_uniformly_from_all_steps(submission, setting, rng, exhibits):
    """Every image draws its own t, each of 1, ..., T with the same chance, and never 0."""
    rows = run_loss(submission, setting, clean_images(rng, 2048, 2, 2))["rows"]
    assert_uniform_timesteps(setting, rows[:, 0], exhibits)


@pytest.mark.supporting
def test_the_gradient_reaches_the_net(submission, setting, rng):
    """The loss has a gradient in the net's parameters."""
    analysed_loss(submission, setting, clean_images(rng, 3, 12, 12))


@pytest.mark.supporting
def test_the_mode_of_the_net_is_left_alone(submission, setting, rng):
    """The loss leaves the net in train() or eval(), as it was: the training loop sets the mode."""
    x_0 = clean_images(rng, 3, 12, 12)
    for train_mode in (True, False):
        assert_mode_kept(run_loss(submission, setting, x_0, train_mode=train_mode), train_mode)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x_0 and the schedule are the same after the call as before, and x_t is float32 like x_0."""
    x_0 = clean_images(rng, 3, 12, 12)
    assert_arguments_unchanged(run_loss(submission, setting, x_0), x_0=x_0)


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x_0(submission, setting, rng):
    """t, the noise and x_t are on the device of x_0, whichever it is; name no device yourself."""
    arguments = clean_images(rng, 3, 12, 12), T
    assert_stays_on_device(submission, "ddpm.ddpm_forward", setting, arguments, "x_0")

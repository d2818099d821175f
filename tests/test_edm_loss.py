"""Task edm_loss: `edm_loss` of diffusion/edm.py, measured by its gradient in the net's answer."""

from functools import partial

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.edm import edm_loss_of, run_edm_loss
from checkkit.verdicts.edm_loss import (
    assert_fresh_eps,
    assert_levels_normal,
    assert_noisy_input,
    assert_target,
    assert_weight,
    assert_whole_loss,
)
from checkkit.verdicts.settings import clean_images
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_mode_kept

pytestmark = pytest.mark.task("edm_loss")


@pytest.fixture
def x_0(rng: np.random.Generator) -> np.ndarray:
    """64 images of 12 x 12 pixels."""
    return clean_images(rng, 64, 12, 12)


@pytest.fixture
def states(rng: np.random.Generator) -> list[int]:
    """Two states of the global generators."""
    return [int(n) for n in rng.choice(2**31, size=2, replace=False)]


def test_the_net_gets_c_in_x_and_c_noise(submission, x_0, states):
    """The net gets c_in (x_0 + sigma eps), and c_noise of the same sigma.

    eps is noise of standard deviation 1, and it is told from what the net gets: divided by c_in,
    less x_0, divided by sigma.
    """
    edm_loss_of(submission, x_0, assert_noisy_input, state=states[0])


def test_the_loss_compares_d_with_x_0(submission, x_0, states):
    """The loss compares D(x; sigma) = c_skip x + c_out F with the clean x_0 (equation 19)."""
    edm_loss_of(submission, x_0, assert_target, state=states[0])


def test_each_square_has_the_weight_of_its_sigma(submission, x_0, states):
    """The weight is 1 / c_out^2, and the loss is the mean over all pixels (equation 21)."""
    edm_loss_of(submission, x_0, assert_weight, state=states[0])


def test_each_image_has_a_sigma_of_its_own(submission, rng):
    """One image and 12 images of 12 x 12 pixels are right, each with its own sigma.

    A tensor (N,) times images (N, 1, H, W) is wrong, and raises no error when N = W: give the
    factors the shape (N, 1, 1, 1).
    """
    for size in (1, 12):
        x_0 = clean_images(rng, size, 12, 12)
        edm_loss_of(submission, x_0, assert_whole_loss, state=int(rng.integers(2**31)))


def test_ln_sigma_is_normal_with_mean_p_mean(submission, rng, exhibits):
    """ln(sigma) is normal with mean p_mean = -1.2 and standard deviation p_std = 1.2 by default.

    Each image draws its own. Small images, many of them: 4096.
    """
    x_0 = clean_images(rng, 4096, 2, 2)
    mean, std = rng.uniform((-0.9, 0.3), (-0.7, 0.5)).tolist()
    for options, wanted in (({"p_mean": mean, "p_std": std}, (mean, std)), ({}, (-1.2, 1.2))):

        def verdict(loss, wanted=wanted):
            assert_levels_normal(loss, *wanted, exhibits)

        edm_loss_of(submission, x_0, verdict, state=int(rng.integers(2**31)), **options)


def test_eps_is_fresh_standard_normal_noise(submission, x_0, states):
    """eps is normal noise, new for every pixel, and in each call, as is sigma."""
    one = edm_loss_of(submission, x_0, lambda loss: None, state=states[0])
    edm_loss_of(submission, x_0, partial(assert_fresh_eps, one), state=states[1])


def test_sigma_data_is_that_of_the_argument(submission, x_0, rng):
    """With another sigma_data, all factors and the weight are those of this one."""
    options = {"sigma_data": float(rng.uniform(0.6, 0.9))}
    edm_loss_of(submission, x_0, assert_whole_loss, state=int(rng.integers(2**31)), **options)


@pytest.mark.supporting
def test_the_mode_of_the_net_is_left_alone(submission, rng):
    """The loss leaves the net in train() or eval(), as it was: the training loop sets the mode."""
    x_0 = clean_images(rng, 3, 12, 12)
    for train_mode in (True, False):
        assert_mode_kept(run_edm_loss(submission, x_0, train_mode=train_mode), train_mode)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, rng):
    """x_0 is the same after the call as before, and the net gets float32 like x_0."""
    x_0 = clean_images(rng, 3, 12, 12)
    assert_arguments_unchanged(run_edm_loss(submission, x_0), x_0=x_0)


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x_0(submission, rng):
    """sigma, the noise and x are on the device of x_0, whichever it is; name no device yourself."""
    assert_stays_on_device(submission, "edm.edm_loss", None, (clean_images(rng, 3, 12, 12),), "x_0")

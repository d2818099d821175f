"""Task flow: `flow_forward` of diffusion/flow.py."""

import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.flow import analysed_flow_loss, flow_times, run_flow_loss
from checkkit.verdicts.flow_losses import (
    FlowLoss,
    assert_mean_flow_loss,
    assert_normal_x_0,
    assert_other_x_0,
    assert_straight_line,
    assert_times_spread,
    assert_told_time,
)
from checkkit.verdicts.settings import clean_images
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_mode_kept

pytestmark = pytest.mark.task("flow")

T = 37


@pytest.fixture
def loss(submission, rng) -> FlowLoss:
    """The loss of 64 images of 12 x 12 pixels."""
    return analysed_flow_loss(submission, clean_images(rng, 64, 12, 12), T)


def test_x_t_and_the_velocity_are_those_of_one_noise_and_data(loss):
    """The net gets x_t = (1 - t) x_0 + t x_1 and predicts the velocity x_1 - x_0 of this x_0.

    Equations 16 and 17: t = 0 is noise, t = 1 is data, the reverse of DDPM.
    """
    assert_straight_line(loss)


def test_each_image_is_mixed_on_its_own(submission, rng):
    """One image and 12 images of 12 x 12 pixels are mixed correctly, each with its own t and x_0.

    A tensor (N,) times images (N, 1, H, W) is wrong, and raises no error when N = W: give the
    factors the shape (N, 1, 1, 1).
    """
    for size in (1, 12):
        assert_straight_line(analysed_flow_loss(submission, clean_images(rng, size, 12, 12), T))


def test_the_net_is_told_the_share_of_the_data(loss):
    """The net gets t itself, a number in [0, 1], that of the mixture x_t."""
    assert_told_time(loss)


def test_the_loss_is_the_mean_over_all_pixels(loss):
    """The loss is the mean of (net - (x_1 - x_0))^2 over every pixel of the batch, not the sum."""
    assert_mean_flow_loss(loss)


def test_x_0_is_fresh_standard_normal_noise(submission, loss, rng):
    """x_0 is normal with mean 0 and variance 1, new for every pixel of every image, in every call.

    torch.randn_like(x_1) draws it.
    """
    assert_normal_x_0(loss)
    again = analysed_flow_loss(submission, clean_images(rng, 64, 12, 12), T)
    assert_other_x_0(loss, again)


def test_each_image_draws_its_own_t_from_0_to_1(submission, rng, exhibits):
    """Every image draws its own t, uniformly from [0, 1].

    k / T with k uniform and the logistic function of a standard normal number pass as well.
    """
    t, analysed = flow_times(submission, clean_images(rng, 2048, 3, 3), T)
    assert_times_spread(t, T, exhibits, analysed)


@pytest.mark.supporting
def test_the_gradient_reaches_the_net(submission, rng):
    """The loss has a gradient in the net's parameters."""
    analysed_flow_loss(submission, clean_images(rng, 3, 12, 12), T)


@pytest.mark.supporting
def test_the_mode_of_the_net_is_left_alone(submission, rng):
    """The loss leaves the net in train() or eval(), as it was: the training loop sets the mode."""
    x_1 = clean_images(rng, 3, 12, 12)
    for train_mode in (True, False):
        evidence = run_flow_loss(submission, x_1, T, train_mode=train_mode)
        assert_mode_kept(evidence, train_mode)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, rng):
    """x_1 is the same after the call as before, and x_t is float32 like x_1."""
    x_1 = clean_images(rng, 3, 12, 12)
    assert_arguments_unchanged(run_flow_loss(submission, x_1, T), x_1=x_1)


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x_1(submission, rng):
    """t, the noise and x_t are on the device of x_1, whichever it is; name no device yourself."""
    arguments = clean_images(rng, 3, 12, 12), T
    assert_stays_on_device(submission, "flow.flow_forward", None, arguments, "x_1")

"""Task flow_cfg: `flow_cfg_forward` of diffusion/flow.py."""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.flow import analysed_flow_loss, flow_times, run_flow_batches, run_flow_loss
from checkkit.runs.losses import random_classes
from checkkit.verdicts.distributions import (
    assert_classes_passed_on,
    assert_dropping_in_small_batches,
    assert_dropping_rates,
    assert_independent_dropping,
)
from checkkit.verdicts.flow_losses import (
    FlowLoss,
    assert_mean_flow_loss,
    assert_normal_x_0,
    assert_other_x_0,
    assert_straight_line,
    assert_times_spread,
    assert_told_time,
    times_in_0_to_1,
)
from checkkit.verdicts.settings import clean_images
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_mode_kept

pytestmark = pytest.mark.task("flow_cfg")

T = 37


@pytest.fixture
def loss(submission, rng) -> FlowLoss:
    """The loss of 64 images of 12 x 12 pixels."""
    x_1, c = clean_images(rng, 64, 12, 12), random_classes(rng, 64)
    return analysed_flow_loss(submission, x_1, T, c)


def test_x_t_and_the_velocity_are_those_of_one_noise_and_data(loss):
    """The net gets x_t = (1 - t) x_0 + t x_1 and predicts the velocity x_1 - x_0 of this x_0.

    As in `flow_forward`; the net gets the class in addition.
    """
    assert_straight_line(loss)


def test_each_image_is_mixed_on_its_own(submission, rng):
    """One image and 12 images of 12 x 12 pixels are mixed correctly, each with its own t and x_0.

    Give the factors of x_0 and x_1 the shape (N, 1, 1, 1).
    """
    for size in (1, 12):
        x_1, c = clean_images(rng, size, 12, 12), random_classes(rng, size)
        assert_straight_line(analysed_flow_loss(submission, x_1, T, c))


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
    x_1, c = clean_images(rng, 64, 12, 12), random_classes(rng, 64)
    assert_other_x_0(loss, analysed_flow_loss(submission, x_1, T, c))


def test_each_image_draws_its_own_t_from_0_to_1(submission, rng, exhibits):
    """Every image draws its own t, uniformly from [0, 1].

    k / T with k uniform and the logistic function of a standard normal number pass as well.
    """
    x_1, c = clean_images(rng, 2048, 3, 3), random_classes(rng, 2048)
    t, analysed = flow_times(submission, x_1, T, c)
    assert_times_spread(t, T, exhibits, analysed)


def test_classes_are_dropped_with_the_given_probability(submission, rng):
    """The mask drops each image's class with probability p_uncond: at 0 none, at 1 all, in batches
    of any size.

    1 keeps and 0 drops. Pass the mask to the net, which drops the class; draw a random number for
    each image.
    """
    x_1, c = clean_images(rng, 1024, 2, 2), random_classes(rng, 1024)
    runs = [(p, run_flow_loss(submission, x_1, T, c, p)["rows"]) for p in (0.0, 0.35, 1.0)]
    assert_dropping_rates(runs, c)
    for size in (4, 1):
        images, p = slice(200 * size), 0.35
        keep = run_flow_batches(submission, x_1[images], c[images], p, T, size)
        assert_dropping_in_small_batches(keep, size, p)


def test_dropping_depends_on_nothing(submission, rng):
    """Whether a class is dropped depends neither on t nor on the neighbouring images.

    Draw a random number for each image, apart from those that give t.
    """
    x_1, c = clean_images(rng, 2048, 2, 2), random_classes(rng, 2048)
    rows = run_flow_loss(submission, x_1, T, c, 0.35)["rows"]
    t = times_in_0_to_1(rows[:, 0], T)
    assert_independent_dropping(rows, "t", np.minimum((t * 16).astype(int), 15))


def test_the_net_is_told_the_class_of_each_image(submission, rng):
    """The net gets c unchanged; no class number stands for "no class"."""
    x_1, c = clean_images(rng, 256, 2, 2), rng.integers(1, 10, size=256)
    assert_classes_passed_on(run_flow_loss(submission, x_1, T, c, 0.35)["rows"], c)


@pytest.mark.supporting
def test_the_gradient_reaches_the_net(submission, rng):
    """The loss has a gradient in the net's parameters."""
    analysed_flow_loss(submission, clean_images(rng, 3, 12, 12), T, random_classes(rng, 3))


@pytest.mark.supporting
def test_the_mode_of_the_net_is_left_alone(submission, rng):
    """The loss leaves the net in train() or eval(), as it was: the training loop sets the mode."""
    x_1, c = clean_images(rng, 3, 12, 12), random_classes(rng, 3)
    for train_mode in (True, False):
        evidence = run_flow_loss(submission, x_1, T, c, train_mode=train_mode)
        assert_mode_kept(evidence, train_mode)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, rng):
    """x_1 and c are the same after the call as before; x_t is float32 like x_1."""
    x_1, c = clean_images(rng, 40, 4, 4), random_classes(rng, 40)
    assert_arguments_unchanged(run_flow_loss(submission, x_1, T, c, 0.5), x_1=x_1, c=c)


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x_1(submission, rng):
    """t, noise, mask and x_t are on the device of x_1; name no device yourself."""
    arguments = clean_images(rng, 3, 12, 12), random_classes(rng, 3), 0.5, T
    assert_stays_on_device(submission, "flow.flow_cfg_forward", None, arguments, "x_1")

"""Task cfg_forward: `ddpm_cfg_forward` of diffusion/cfg.py."""

import numpy as np
import pytest

from checkkit.runs.cfg_forward import digits, run_loss
from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.distributions import (
    assert_classes_passed_on,
    assert_dropping_rates,
    assert_independent_dropping,
    assert_uniform_timesteps,
    drawn_timesteps,
)
from checkkit.verdicts.losses import (
    LossAnalysis,
    analyse_loss,
    assert_forward_process,
    assert_mean_loss,
    assert_noise_target,
    assert_normalised_time,
)
from checkkit.verdicts.pictures import a_digit, show_forward_process, show_noisy_digits
from checkkit.verdicts.settings import Setting, pictures
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_mode_kept

pytestmark = pytest.mark.task("cfg_forward")

T = 31


def probe_cfg_forward_elsewhere(diffusion, *, setting, x_0, c):
    spy = DeviceSpy()
    tables = {name: put_elsewhere(table) for name, table in setting["tables"].items()}
    with SecondDevice():
        diffusion.cfg.ddpm_cfg_forward(
            spy, tables, put_elsewhere(x_0), put_elsewhere(c), 0.5, setting["num_ts"]
        )
    return spy.evidence()


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, T)


@pytest.fixture
def opened(submission, setting, rng) -> LossAnalysis:
    """The loss of 64 images of 12 x 12 pixels, laid open."""
    x_0, c = pictures(rng, 64, 12, 12), digits(rng, 64)
    return analyse_loss(setting, run_loss(submission, setting, x_0, c), x_0)


def test_x_t_mixes_x_0_and_the_target_noise_by_alpha_bar(
    submission, opened, setting, rng, exhibits
):
    """The net sees x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps and predicts this eps.

    As in `ddpm_forward`: what has changed is that the net is told the class.
    """
    show_forward_process(exhibits, opened)
    x_0 = np.tile(a_digit(), (64, 1, 1, 1))
    seen = run_loss(submission, setting, x_0, digits(rng, 64))
    show_noisy_digits(exhibits, analyse_loss(setting, seen, x_0))
    assert_forward_process(opened)


def test_each_image_is_mixed_on_its_own(submission, setting, rng):
    """One image alone and 12 images of 12 x 12 pixels are mixed right, each with its own t and eps.

    Give the factors of x_0 and eps the shape (N, 1, 1, 1).
    """
    for size in (1, 12):
        x_0, c = pictures(rng, size, 12, 12), digits(rng, size)
        assert_forward_process(analyse_loss(setting, run_loss(submission, setting, x_0, c), x_0))


def test_the_net_is_told_t_divided_by_the_number_of_steps(opened):
    """The net is told t / T, a number in (0, 1], not t itself."""
    assert_normalised_time(opened)


def test_the_loss_is_the_mean_over_all_pixels(opened):
    """The loss is the mean of (net - eps)^2 over every pixel of the batch, not the sum."""
    assert_mean_loss(opened)


def test_the_target_is_fresh_standard_normal_noise(opened):
    """The noise is normal with mean 0 and variance 1, fresh for every pixel of every image."""
    assert_noise_target(opened)


def test_each_image_draws_its_own_t_uniformly_from_all_steps(submission, setting, rng, exhibits):
    """Every image draws its own t, each of 1, ..., T with the same chance, and never 0."""
    x_0, c = pictures(rng, 2048, 2, 2), digits(rng, 2048)
    assert_uniform_timesteps(setting, run_loss(submission, setting, x_0, c)["rows"][:, 0], exhibits)


def test_classes_are_dropped_with_the_given_probability(submission, setting, rng):
    """The mask drops each image's class with probability p_uncond: at 0 none, at 1 all.

    1 keeps and 0 drops. The mask goes to the net, which does the dropping; each image has a draw of
    its own.
    """
    x_0, c = pictures(rng, 1024, 2, 2), digits(rng, 1024)
    runs = [(p, run_loss(submission, setting, x_0, c, p)["rows"]) for p in (0.0, 0.35, 1.0)]
    assert_dropping_rates(runs, c)


def test_dropping_depends_on_nothing(submission, setting, rng):
    """Whether a class is dropped depends neither on t nor on the neighbouring images."""
    x_0, c = pictures(rng, 2048, 2, 2), digits(rng, 2048)
    rows = run_loss(submission, setting, x_0, c, 0.35)["rows"]
    assert_independent_dropping(rows, "t", drawn_timesteps(setting, rows[:, 0]))


def test_the_net_is_told_the_class_of_each_image(submission, setting, rng):
    """c reaches the net as it is; no class number stands for "no class".

    Class 0 is the digit 0. To drop a class, leave c alone and pass mask 0.
    """
    x_0, c = pictures(rng, 256, 2, 2), rng.integers(1, 10, size=256)
    assert_classes_passed_on(run_loss(submission, setting, x_0, c, 0.35)["rows"], c)


def test_the_gradient_reaches_the_net(submission, setting, rng):
    """The loss can be differentiated with respect to the net's parameters."""
    x_0, c = pictures(rng, 3, 12, 12), digits(rng, 3)
    analyse_loss(setting, run_loss(submission, setting, x_0, c), x_0)


@pytest.mark.supporting
def test_the_mode_of_the_net_is_left_alone(submission, setting, rng):
    """A net in train() stays so, a net in eval() too: the training loop decides, not the loss."""
    x_0, c = pictures(rng, 3, 12, 12), digits(rng, 3)
    for train_mode in (True, False):
        seen = run_loss(submission, setting, x_0, c, train_mode=train_mode)
        assert_mode_kept(seen, train_mode)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x_0, c and the schedule are the same after the call as before; x_t is float32 as x_0 is."""
    x_0, c = pictures(rng, 40, 4, 4), digits(rng, 40)
    assert_arguments_unchanged(run_loss(submission, setting, x_0, c, 0.5), x_0=x_0, c=c)


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x_0(submission, setting, rng):
    """t, noise, mask and x_t live on the device of x_0; name no device yourself."""
    inputs = {"setting": setting.inputs, "x_0": pictures(rng, 3, 12, 12), "c": digits(rng, 3)}
    assert_devices(submission.run(probe_cfg_forward_elsewhere, returns=DEVICES, **inputs), "x_0")

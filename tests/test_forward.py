"""Task forward: `ddpm_forward` of diffusion/ddpm.py."""

import numpy as np
import pytest

from checkkit.runs.forward import run_loss
from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.verdicts.devices import DEVICES, assert_devices
from checkkit.verdicts.distributions import assert_uniform_timesteps
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

pytestmark = pytest.mark.task("forward")

T = 31


def probe_forward_elsewhere(diffusion, *, setting, x_0):
    spy = DeviceSpy()
    tables = {name: put_elsewhere(table) for name, table in setting["tables"].items()}
    with SecondDevice():
        diffusion.ddpm.ddpm_forward(spy, tables, put_elsewhere(x_0), setting["num_ts"])
    return spy.evidence()


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, T)


@pytest.fixture
def opened(submission, setting, rng) -> LossAnalysis:
    """The loss of 64 images of 12 x 12 pixels, laid open."""
    x_0 = pictures(rng, 64, 12, 12)
    return analyse_loss(setting, run_loss(submission, setting, x_0), x_0)


def test_x_t_mixes_x_0_and_the_target_noise_by_alpha_bar(submission, opened, setting, exhibits):
    """The net sees x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps and predicts this eps.

    Equation 5. Both factors are roots, they come from alpha_bar and not from alpha, and the loss
    compares the answer with the same eps that is in x_t.
    """
    show_forward_process(exhibits, opened)
    x_0 = np.tile(a_digit(), (64, 1, 1, 1))
    show_noisy_digits(exhibits, analyse_loss(setting, run_loss(submission, setting, x_0), x_0))
    assert_forward_process(opened)


def test_each_image_is_mixed_on_its_own(submission, setting, rng):
    """One image alone and 12 images of 12 x 12 pixels are mixed right, each with its own t and eps.

    (N,) times (N, 1, H, W) means something else than you want, and raises no error when N = W:
    give the factors the shape (N, 1, 1, 1).
    """
    for size in (1, 12):
        x_0 = pictures(rng, size, 12, 12)
        assert_forward_process(analyse_loss(setting, run_loss(submission, setting, x_0), x_0))


def test_the_net_is_told_t_divided_by_the_number_of_steps(opened):
    """The net is told t / T, a number in (0, 1], not t itself."""
    assert_normalised_time(opened)


def test_the_loss_is_the_mean_over_all_pixels(opened):
    """The loss is the mean of (net - eps)^2 over every pixel of the batch, not the sum."""
    assert_mean_loss(opened)


def test_the_target_is_fresh_standard_normal_noise(opened):
    """The noise is normal with mean 0 and variance 1, fresh for every pixel of every image.

    `torch.rand` is uniform; `torch.randn` and `torch.randn_like` are normal.
    """
    assert_noise_target(opened)


def test_each_image_draws_its_own_t_uniformly_from_all_steps(submission, setting, rng, exhibits):
    """Every image draws its own t, each of 1, ..., T with the same chance, and never 0.

    `torch.randint` leaves its upper end out. One t for the whole batch is not enough.
    """
    x_0 = pictures(rng, 2048, 2, 2)
    assert_uniform_timesteps(setting, run_loss(submission, setting, x_0)["rows"][:, 0], exhibits)


def test_the_gradient_reaches_the_net(submission, setting, rng):
    """The loss can be differentiated with respect to the net's parameters."""
    x_0 = pictures(rng, 3, 12, 12)
    analyse_loss(setting, run_loss(submission, setting, x_0), x_0)


@pytest.mark.supporting
def test_the_mode_of_the_net_is_left_alone(submission, setting, rng):
    """A net in train() stays so, a net in eval() too: the training loop decides, not the loss."""
    x_0 = pictures(rng, 3, 12, 12)
    for train_mode in (True, False):
        assert_mode_kept(run_loss(submission, setting, x_0, train_mode), train_mode)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x_0 and the schedule are the same after the call as before, and x_t is float32 as x_0 is."""
    x_0 = pictures(rng, 3, 12, 12)
    assert_arguments_unchanged(run_loss(submission, setting, x_0), x_0=x_0)


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x_0(submission, setting, rng):
    """t, the noise and x_t live on the device of x_0, wherever that is; name no device yourself."""
    inputs = {"setting": setting.inputs, "x_0": pictures(rng, 3, 12, 12)}
    assert_devices(submission.run(probe_forward_elsewhere, returns=DEVICES, **inputs), "x_0")

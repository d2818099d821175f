"""Task forward: `ddpm_forward` of diffusion/ddpm.py."""

import numpy as np
import pytest

from checkkit.runs.forward import run_loss
from checkkit.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from checkkit.verdicts.curves import a_digit, show_mixture, show_noisy_digits
from checkkit.verdicts.devices import DEVICES, judge_devices
from checkkit.verdicts.draws import judge_uniform
from checkkit.verdicts.manners import judge_mode_kept, judge_unchanged
from checkkit.verdicts.settings import Setting, pictures
from checkkit.verdicts.targets import (
    Target,
    judge_mixture,
    judge_target,
    judge_told,
    judge_weight,
    open_loss,
)

pytestmark = pytest.mark.task("forward")

T = 31


def probe_forward_elsewhere(diffusion, *, setting, x_0):
    spy = DeviceSpy()
    tables = {name: put_elsewhere(table) for name, table in setting["tables"].items()}
    with SecondDevice():
        diffusion.ddpm.ddpm_forward(spy, tables, put_elsewhere(x_0), setting["num_ts"])
    return spy.strangers()


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, T)


@pytest.fixture
def opened(submission, setting, rng) -> Target:
    """The loss of 64 images of 12 x 12 pixels, laid open."""
    x_0 = pictures(rng, 64, 12, 12)
    return open_loss(setting, run_loss(submission, setting, x_0), x_0)


def test_x_t_mixes_x_0_and_the_target_noise_by_alpha_bar(submission, opened, setting, exhibits):
    """The net sees x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps and predicts this eps.

    Equation 5. Both factors are roots, they come from alpha_bar and not from alpha, and the loss
    compares the answer with the same eps that is in x_t.
    """
    show_mixture(exhibits, opened)
    x_0 = np.tile(a_digit(), (64, 1, 1, 1))
    show_noisy_digits(exhibits, open_loss(setting, run_loss(submission, setting, x_0), x_0))
    judge_mixture(opened)


def test_each_image_is_mixed_on_its_own(submission, setting, rng):
    """One image alone and 12 images of 12 x 12 pixels are mixed right, each with its own t and eps.

    (N,) times (N, 1, H, W) means something else than you want, and raises no error when N = W:
    give the factors the shape (N, 1, 1, 1).
    """
    for size in (1, 12):
        x_0 = pictures(rng, size, 12, 12)
        judge_mixture(open_loss(setting, run_loss(submission, setting, x_0), x_0))


def test_the_net_is_told_t_divided_by_the_number_of_steps(opened):
    """The net is told t / T, a number in (0, 1], not t itself."""
    judge_told(opened)


def test_the_loss_is_the_mean_over_all_pixels(opened):
    """The loss is the mean of (net - eps)^2 over every pixel of the batch, not the sum."""
    judge_weight(opened)


def test_the_target_is_fresh_standard_normal_noise(opened):
    """The noise is normal with mean 0 and variance 1, fresh for every pixel of every image.

    `torch.rand` is uniform; `torch.randn` and `torch.randn_like` are normal.
    """
    judge_target(opened)


def test_each_image_draws_its_own_t_uniformly_from_all_steps(submission, setting, rng, exhibits):
    """Every image draws its own t, each of 1, ..., T with the same chance, and never 0.

    `torch.randint` leaves its upper end out. One t for the whole batch is not enough.
    """
    x_0 = pictures(rng, 2048, 2, 2)
    judge_uniform(setting, run_loss(submission, setting, x_0)["rows"][:, 0], exhibits)


def test_the_gradient_reaches_the_net(submission, setting, rng):
    """The loss can be differentiated with respect to the net's parameters."""
    x_0 = pictures(rng, 3, 12, 12)
    open_loss(setting, run_loss(submission, setting, x_0), x_0)


@pytest.mark.supporting
def test_the_mode_of_the_net_is_left_alone(submission, setting, rng):
    """A net in train() stays so, a net in eval() too: the training loop decides, not the loss."""
    x_0 = pictures(rng, 3, 12, 12)
    for train_mode in (True, False):
        judge_mode_kept(run_loss(submission, setting, x_0, train_mode), train_mode)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x_0 and the schedule are the same after the call as before, and x_t is float32 as x_0 is."""
    x_0 = pictures(rng, 3, 12, 12)
    judge_unchanged(run_loss(submission, setting, x_0), x_0=x_0)


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_x_0(submission, setting, rng):
    """t, the noise and x_t live on the device of x_0, wherever that is; name no device yourself."""
    inputs = {"setting": setting.inputs, "x_0": pictures(rng, 3, 12, 12)}
    judge_devices(submission.run(probe_forward_elsewhere, returns=DEVICES, **inputs), "x_0")

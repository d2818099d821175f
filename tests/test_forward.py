"""Task forward: `ddpm_forward` of diffusion/ddpm.py."""

import numpy as np
import pytest

from tests.analysis.devices import DEVICES, judge_devices
from tests.analysis.settings import Setting
from tests.analysis.statistics import ALARM, even_counts_p
from tests.analysis.targets import (
    Target,
    judge_mixture,
    judge_target,
    judge_told,
    judge_weight,
    loss_returns,
    open_loss,
    whole_steps,
)
from tests.seam import Array, CheckFailed, Flag
from tests.spies.devices import DeviceSpy, SecondDevice, put_elsewhere
from tests.spies.losses import TimeLossSpy
from tests.spies.schedules import own_or_given, tables_of

pytestmark = pytest.mark.task("forward")

T = 31


def probe_forward(diffusion, *, setting, x_0, train_mode):
    spy = TimeLossSpy().train(train_mode)
    schedule = own_or_given(diffusion, setting)
    before = tables_of(schedule)
    loss = diffusion.ddpm.ddpm_forward(spy, schedule, x_0, setting["num_ts"])
    return {
        **spy.recorded(loss),
        "mode_after": spy.training,
        "x_0_after": x_0,
        "tables_change": tables_of(schedule) - before,
    }


def probe_forward_elsewhere(diffusion, *, setting, x_0):
    spy = DeviceSpy()
    tables = {name: put_elsewhere(table) for name, table in setting["tables"].items()}
    with SecondDevice():
        diffusion.ddpm.ddpm_forward(spy, tables, put_elsewhere(x_0), setting["num_ts"])
    return spy.strangers()


def run_loss(submission, setting: Setting, x_0: np.ndarray, train_mode: bool = True) -> dict:
    """One call of the submission's loss: `loss_returns` and what became of the arguments."""
    returns = {
        **loss_returns(len(x_0), x_0.shape[2:]),
        "mode_after": Flag(),
        "x_0_after": Array(x_0.shape),
        "tables_change": Array((3, setting.num_ts + 1), "float64"),
    }
    inputs = {"setting": setting.inputs, "x_0": x_0, "train_mode": train_mode}
    return submission.run(probe_forward, returns=returns, **inputs)


def pictures(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Clean images to noise: (N, H, W) -> (N, 1, H, W) float32 in [0, 1]."""
    return rng.uniform(size=(shape[0], 1, *shape[1:])).astype(np.float32)


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, T)


@pytest.fixture
def opened(submission, setting, rng) -> Target:
    """The loss of 64 images of 12 x 12 pixels, laid open."""
    x_0 = pictures(rng, 64, 12, 12)
    return open_loss(setting, run_loss(submission, setting, x_0), x_0)


def test_x_t_mixes_x_0_and_the_target_noise_by_alpha_bar(opened, exhibits):
    """The net sees x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps and predicts this eps.

    Equation 5. Both factors are roots, they come from alpha_bar and not from alpha, and the loss
    compares the answer with the same eps that is in x_t.
    """
    show_mixture(opened, exhibits)
    judge_mixture(opened)


def show_mixture(opened: Target, exhibits) -> None:
    """Picture: the factor of x_0 in each image over its t, beside the closed form."""
    order = np.argsort(opened.t)
    closed = np.sqrt(opened.setting.tables.alpha_bars)
    series = {
        "yours": np.stack([opened.t, opened.on_clean], axis=1)[order],
        "sqrt(alpha_bar_t)": closed,
    }
    exhibits.curve("How much of x_0 is in x_t", series, "t", "factor of x_0")


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


def judge_uniform(setting: Setting, told: np.ndarray, exhibits) -> None:
    """The told t / T of many images are uniform on 1..T; false-fail rate below 1e-6."""
    last = setting.num_ts
    steps = whole_steps(setting, told)
    if steps is None or steps.max() > last:
        # A net that is told t itself has a check of its own.
        steps = np.rint(told).astype(int) if np.all(np.abs(told - np.rint(told)) <= 1e-3) else None
    if steps is None:
        raise CheckFailed(
            f"the net was told t={told.max():.6g}, expected one of 1/T, ..., 1 (T={last})"
        )
    if steps.min() < 1 or steps.max() > last:
        odd = steps.min() if steps.min() < 1 else steps.max()
        raise CheckFailed(f"t={odd} was drawn, expected 1 to T={last}")
    counts = np.bincount(steps, minlength=last + 1)[1:]
    exhibits.curve(
        f"How often each t was drawn ({len(told)} images)", {"yours": counts}, "t", "images"
    )
    if counts.max() == len(told):
        raise CheckFailed(
            f"all {len(told)} images share one t ({steps[0]}), expected one for each image"
        )
    for t in (1, last):
        assert counts[t - 1] > 0, f"t={t} was never drawn for {len(told)} images (T={last})"
    p = even_counts_p(counts)
    assert p >= ALARM, (
        f"t is not uniform on 1 to {last}: t={counts.argmax() + 1} was drawn {counts.max()} times, "
        f"t={counts.argmin() + 1} {counts.min()} times; expected about {len(told) / last:.0f} "
        f"(p = {p:.1g})"
    )


def test_the_gradient_reaches_the_net(submission, setting, rng):
    """The loss can be differentiated with respect to the net's parameters."""
    x_0 = pictures(rng, 3, 12, 12)
    open_loss(setting, run_loss(submission, setting, x_0), x_0)


def test_the_mode_of_the_net_is_left_alone(submission, setting, rng):
    """A net in train() stays so, a net in eval() too: the training loop decides, not the loss."""
    x_0 = pictures(rng, 3, 12, 12)
    for train_mode in (True, False):
        judge_mode(run_loss(submission, setting, x_0, train_mode), train_mode)


def judge_mode(seen: dict, train_mode: bool) -> None:
    """The net was called, and left, in the mode in which it was given."""
    mode = "train()" if train_mode else "eval()"
    called_right = seen["calls_in_train_mode"] == (seen["calls"] if train_mode else 0)
    assert called_right, f"a net given in {mode} was called in the other mode"
    assert seen["mode_after"] == train_mode, f"a net given in {mode} came back in the other mode"


def test_arguments_are_left_unchanged(submission, setting, rng):
    """x_0 and the schedule are the same after the call as before, and x_t is float32 as x_0 is."""
    x_0 = pictures(rng, 3, 12, 12)
    judge_unchanged(run_loss(submission, setting, x_0), x_0)


def judge_unchanged(seen: dict, x_0: np.ndarray) -> None:
    """x_0 and tables as before; the net saw float32."""
    assert np.array_equal(seen["x_0_after"], x_0), "x_0 was changed in place"
    assert not seen["tables_change"].any(), "the schedule was changed in place"
    assert seen["calls_in_double"] == 0, "the net was given float64 images; x_0 is float32"


def test_everything_stays_on_the_device_of_x_0(submission, setting, rng):
    """t, the noise and x_t live on the device of x_0, wherever that is; name no device yourself."""
    inputs = {"setting": setting.inputs, "x_0": pictures(rng, 3, 12, 12)}
    judge_devices(submission.run(probe_forward_elsewhere, returns=DEVICES, **inputs), "x_0")

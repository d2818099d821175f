"""Task hidden_forward: `ddpm_forward` with other shapes, schedules and lengths."""

import numpy as np
import pytest

from checkkit.runs.losses import analysed_loss, run_loss
from checkkit.spies.losses import TimeLossSpy
from checkkit.spies.schedules import usable_schedule
from checkkit.verdicts.dependence import assert_images_enter
from checkkit.verdicts.distributions import assert_uniform_timesteps
from checkkit.verdicts.losses import (
    analyse_loss,
    assert_forward_process,
    assert_mean_loss,
    assert_noise_target,
    assert_normalised_time,
    loss_returns,
    noise_target_mistake,
)
from checkkit.verdicts.noise import assert_normal_noise
from checkkit.verdicts.settings import Setting, clean_images

pytestmark = pytest.mark.task("hidden_forward")

RECORDED = ("loss", "x_t", "out", "grad", "rows", "gradient_reaches_net")


def probe_two_calls(diffusion, *, setting, x_0):
    evidence, schedule = {}, usable_schedule(diffusion, setting)
    for call in ("first", "second"):
        spy = TimeLossSpy()
        loss = diffusion.ddpm.ddpm_forward(spy, schedule, x_0, setting["num_ts"])
        evidence |= {f"{call} {name}": value for name, value in spy.evidence(loss).items()}
    return evidence


def test_the_mixture_is_right_for_the_usual_schedule_and_size(submission, rng):
    """28 images of 28 x 28 pixels are mixed right with 300 steps from 0.0001 to 0.02."""
    x_0 = clean_images(rng, 28, 28, 28)
    assert_forward_process(analysed_loss(submission, Setting(1e-4, 0.02, 300), x_0))


def test_the_mixture_is_right_whatever_the_shape(submission, rng):
    """Images of any size are mixed right: wide, tall, one alone, as many as there are rows."""
    for shape in ((7, 7, 11), (11, 13, 11), (1, 5, 4), (2, 2, 9)):
        setting = Setting.drawn(rng, int(rng.integers(5, 60)))
        assert_forward_process(analysed_loss(submission, setting, clean_images(rng, *shape)))


def test_the_mixture_is_right_for_the_shortest_chain(submission, rng):
    """With T = 2 both steps are drawn and mixed right, and the net gets 1/2 or 1."""
    loss = analysed_loss(submission, Setting(0.1, 0.6, 2), clean_images(rng, 128, 4, 4))
    assert_normalised_time(loss)
    assert_forward_process(loss)
    drawn = sorted(set(loss.t.tolist()))
    assert drawn == [1, 2], f"T=2: the t drawn were {drawn}"


def test_t_is_uniform_over_all_300_steps(submission, rng, exhibits):
    """With T = 300 each t from 1 to 300 is drawn, with the same chance."""
    x_0 = clean_images(rng, 20_000, 2, 2)
    setting = Setting(1e-4, 0.02, 300)
    rows = run_loss(submission, setting, x_0)["rows"]
    assert_uniform_timesteps(setting, rows[:, 0], exhibits)


def test_the_loss_is_a_mean_for_any_number_of_images(submission, rng):
    """One image or many, wide or tall: the loss is the mean over all pixels."""
    for shape in ((1, 8, 8), (40, 3, 9)):
        setting = Setting.drawn(rng, 20)
        assert_mean_loss(analysed_loss(submission, setting, clean_images(rng, *shape)))


def test_the_noise_is_normal_over_many_images(submission, rng):
    """The noise is standard normal and differs between any two of 200 images."""
    setting = Setting.drawn(rng, 50)
    assert_noise_target(analysed_loss(submission, setting, clean_images(rng, 200, 10, 12)))


def test_a_second_call_draws_new_noise_and_new_t(submission, rng):
    """Two calls in a row share neither noise nor t."""
    setting, x_0 = Setting.drawn(rng, 40), clean_images(rng, 32, 12, 12)
    declared = {k: v for k, v in loss_returns(setting, x_0).items() if k in RECORDED}
    calls = ("first", "second")
    returns = {f"{call} {k}": v for call in calls for k, v in declared.items()}
    evidence = submission.run(probe_two_calls, returns=returns, setting=setting.inputs, x_0=x_0)
    for call in calls:
        assert_images_enter(x_0, {k: evidence[f"{call} {k}"] for k in declared})
    losses = [
        analyse_loss(setting, {k: evidence[f"{call} {k}"] for k in declared}, x_0) for call in calls
    ]
    assert not np.array_equal(losses[0].t, losses[1].t), "both calls drew the same t for each image"
    fields = np.stack([one.target for one in losses])
    names = ["the first call", "the second call"]
    assert_normal_noise(
        "the noise of two calls", fields, names, lambda: noise_target_mistake(*losses)
    )

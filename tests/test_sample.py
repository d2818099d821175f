"""Task sample: `ddpm_sample` of diffusion/ddpm.py, measured step by step.

A spy takes the net's place; its answers stand for chosen images x_0. Two runs with one seed and
different images show what each step computes.
"""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.samplers import replayed, run_sampler
from checkkit.verdicts.caches import assert_cache_shape, assert_caches
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
    assert_start_noise,
)
from checkkit.verdicts.pictures import show_noise, show_steps
from checkkit.verdicts.replay import Replay
from checkkit.verdicts.sampling_steps import assert_step_mean, assert_timesteps
from checkkit.verdicts.seeds import assert_seed_decides, draw_seeds
from checkkit.verdicts.settings import Setting, answer_images
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

pytestmark = pytest.mark.task("sample")


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, 12)


@pytest.fixture
def images(rng, setting) -> np.ndarray:
    """The answers of the spy for two samples of 8 x 8 pixels."""
    return answer_images(rng, setting, 2, (8, 8))


def test_the_net_is_asked_at_each_t_from_the_last_to_the_first(submission, setting, images):
    """The loop visits every t from T down to 1, and the net gets t / T.

    Count the calls: there are T. The first one is for t / T = 1, the last one for t = 1.
    """
    evidence = run_sampler(submission, setting, images, seed=1)
    assert_timesteps(setting, evidence["rows"], len(images[0]))


@pytest.mark.supporting
def test_as_many_images_as_asked_of_the_size_asked(submission, setting, rng):
    """x_0 is (N, 1, H, W) and caches (N, K, 1, H, W), for any N, H and W."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        images = answer_images(rng, setting, count, img_hw)
        assert_cache_shape(run_sampler(submission, setting, images, seed=1))


def test_the_mean_of_each_step_is_that_of_equation_9(submission, setting, rng, exhibits):
    """x_{t-1} = (x_t - beta_t / sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_t) + noise, at every t.

    Equations 7 to 9: the form with x_0 and the form with eps are the same; compare yours with the
    curves. The tolerance is wide at t = T, where x_T itself is noise.
    """
    replay = replayed(submission, setting, rng, 4, (12, 12))
    show_steps(exhibits, replay)
    assert_step_mean(replay)


def test_the_noise_of_each_step_has_the_right_variance(submission, setting, rng, exhibits):
    """Before t = 1 each step adds noise of variance beta_t (or always the posterior variance).

    Multiply the noise by the standard deviation, the square root of the variance.
    """
    seeds = draw_seeds(rng)

    def again(setting: Setting) -> Replay:  # images of this size tell the two variances apart
        return replayed(submission, setting, rng, 8, (16, 16), seeds=seeds)

    replay = again(setting)
    show_noise(exhibits, replay)
    assert_noise_scale(replay, again)


def test_the_last_step_adds_no_noise(submission, setting, rng):
    """At t = 1 nothing is added: the result is the net's last estimate of x_0."""
    assert_no_noise_in_last_step(replayed(submission, setting, rng, 2, (8, 8)))


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is sampled again from N(0, I) for each step, image and pixel, and differs from x_T."""
    assert_fresh_step_noise(replayed(submission, Setting.drawn(rng, 31), rng, 4, (16, 16)))


def test_sampling_starts_from_standard_normal_noise(submission, rng):
    """x_T is N(0, I), different for each image."""
    setting = Setting.drawn(rng, 3)
    images = answer_images(rng, setting, 48, (14, 14))
    evidence = run_sampler(submission, setting, images, seed=int(rng.integers(2**31)))
    assert_start_noise(setting, evidence)


def test_equal_seeds_give_equal_samples_and_others_differ(submission, setting, images, rng):
    """`seed` decides the samples: the same seed gives the same images whatever was drawn before.

    Seed a `torch.Generator` and draw with `generator=`, or call `torch.manual_seed` at the start.
    """

    def sampled(state: int, **options) -> np.ndarray:
        return run_sampler(submission, setting, images, state=state, **options)["states"]

    assert_seed_decides(sampled, rng)


@pytest.mark.supporting
def test_the_net_is_in_eval_mode_and_no_gradients_are_tracked(submission, setting, images):
    """The sampler calls `unet.eval()` and tracks no gradients."""
    assert_inference_mode(run_sampler(submission, setting, images, seed=1))


def test_caches_hold_the_states_on_the_way(submission, rng):
    """At T = 300 the caches hold 22 states of the same run, the last of them x_0.

    Copy the line for it from the docstring of the function.
    """
    setting = Setting(1e-4, 0.02, 300)
    images = answer_images(rng, setting, 2, (6, 6))
    assert_caches(setting, run_sampler(submission, setting, images, seed=1))


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, images):
    """The schedule is the same after sampling as before, and the net gets float32."""
    assert_arguments_unchanged(run_sampler(submission, setting, images, seed=1))


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_the_net(submission, setting):
    """Samples are drawn on the device of the net's weights; the net itself is not moved."""
    arguments = 2, (6, 6), setting.num_ts
    assert_stays_on_device(submission, "ddpm.ddpm_sample", setting, arguments, "unet")

"""Task cfg_sample: `ddpm_cfg_sample` of diffusion/cfg.py, measured step by step.

The spy answers differently with and without the class: only guidance of exactly the given strength
gives its images.
"""

from typing import Any

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.samplers import guided_run, random_inputs, replayed, run_sampler
from checkkit.verdicts.caches import assert_cache_shape, assert_caches
from checkkit.verdicts.guidance import (
    assert_classes,
    assert_default_guidance_scale,
    assert_guidance_scales,
)
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
from checkkit.verdicts.settings import Setting
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

pytestmark = pytest.mark.task("cfg_sample")

GUIDED: dict[str, Any] = {"guidance": 3.0, "guidance_scale": 3.0}


def guided(submission, setting, rng, scale: float) -> Replay:
    """`replayed` for two images at one guidance scale."""
    options = {"guidance_scale": scale, "gate": False}
    return replayed(submission, setting, rng, 2, (8, 8), scale, **options)


@pytest.fixture
def setting(rng: np.random.Generator) -> Setting:
    return Setting.drawn(rng, 12)


def test_guidance_moves_from_the_unconditional_towards_the_conditional(submission, setting, rng):
    """eps = eps_uncond + w (eps_cond - eps_uncond) with w = guidance_scale: 0, 1, 5 and any other.

    w = 0 ignores the class, w = 1 is the conditional prediction alone, w > 1 exaggerates it.
    """
    scales = 0.0, 1.0, 5.0, float(rng.uniform(1.5, 4))
    assert_guidance_scales({scale: guided(submission, setting, rng, scale) for scale in scales})


def test_the_default_strength_of_guidance_is_5(submission, setting, rng):
    """Without guidance_scale, w = 5."""
    replay = replayed(submission, setting, rng, 2, (8, 8), guidance=5.0, gate=False)
    assert_default_guidance_scale(replay, lambda: guided(submission, setting, rng, 5.0))


@pytest.mark.supporting
def test_the_net_is_told_the_class_of_each_image(submission, setting, rng):
    """With mask 1 the net gets the class in c; to drop the class pass mask 0, not another c."""
    inputs = random_inputs(rng, setting, 5, (6, 6)) | {"c": rng.permutation(np.arange(1, 10))[:5]}
    evidence = run_sampler(submission, setting, **inputs, **GUIDED, seed=1)
    assert_classes(evidence["rows"], inputs["c"])


def test_the_net_is_asked_at_each_t_from_the_last_to_the_first(submission, setting, rng):
    """The loop visits every t from T down to 1, and the net gets t / T."""
    assert_timesteps(setting, guided_run(submission, rng, setting, 3)["rows"], 3)


@pytest.mark.supporting
def test_one_image_for_each_class_of_the_size_asked(submission, setting, rng):
    """x_0 is (N, 1, H, W) and caches (N, K, 1, H, W), one image for each entry of c."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        assert_cache_shape(guided_run(submission, rng, setting, count, img_hw))


def test_the_mean_of_each_step_is_that_of_equation_9(submission, setting, rng, exhibits):
    """x_{t-1} = (x_t - beta_t / sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_t) + noise, at every t.

    As in equation 9, with the guided eps.
    """
    replay = replayed(submission, setting, rng, 4, (12, 12), **GUIDED)
    show_steps(exhibits, replay)
    assert_step_mean(replay)


def test_the_noise_of_each_step_has_the_right_variance(submission, setting, rng, exhibits):
    """Before t = 1 each step adds noise of variance beta_t, or always the posterior variance."""
    seeds = draw_seeds(rng)

    def again(setting: Setting) -> Replay:
        return replayed(submission, setting, rng, 8, (16, 16), seeds=seeds, **GUIDED)

    replay = again(setting)
    show_noise(exhibits, replay)
    assert_noise_scale(replay, again)


def test_the_last_step_adds_no_noise(submission, setting, rng):
    """At t = 1 nothing is added."""
    assert_no_noise_in_last_step(replayed(submission, setting, rng, 2, (8, 8), **GUIDED))


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is sampled again from N(0, I) for each step, image and pixel, and differs from x_T."""
    setting = Setting.drawn(rng, 31)
    assert_fresh_step_noise(replayed(submission, setting, rng, 4, (16, 16), **GUIDED))


def test_sampling_starts_from_standard_normal_noise(submission, rng):
    """x_T is N(0, I), different for each image."""
    setting = Setting.drawn(rng, 3)
    assert_start_noise(setting, guided_run(submission, rng, setting, 48, (14, 14)))


def test_equal_seeds_give_equal_samples_and_others_differ(submission, setting, rng):
    """`seed` decides the samples: the same seed gives the same images whatever was drawn before."""
    inputs = random_inputs(rng, setting, 2, (8, 8)) | GUIDED

    def sampled(state: int, **options) -> np.ndarray:
        return run_sampler(submission, setting, **inputs, state=state, **options)["states"]

    assert_seed_decides(sampled, rng)


@pytest.mark.supporting
def test_the_net_is_in_eval_mode_and_no_gradients_are_tracked(submission, setting, rng):
    """The sampler calls `unet.eval()` and tracks no gradients."""
    assert_inference_mode(guided_run(submission, rng, setting))


def test_caches_hold_the_states_on_the_way(submission, rng):
    """At T = 300 the caches hold 22 states of the same run, the last of them x_0."""
    setting = Setting(1e-4, 0.02, 300)
    assert_caches(setting, guided_run(submission, rng, setting, 2, (6, 6)))


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """c and the schedule are the same after sampling as before, and the net gets float32."""
    inputs = random_inputs(rng, setting, 4, (6, 6))
    evidence = run_sampler(submission, setting, **inputs, **GUIDED, seed=1)
    assert_arguments_unchanged(evidence, c=inputs["c"])


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_the_net(submission, setting, rng):
    """Samples are drawn on the device of the net's weights; the net itself is not moved."""
    arguments = rng.integers(10, size=2), (6, 6), setting.num_ts
    assert_stays_on_device(submission, "cfg.ddpm_cfg_sample", setting, arguments, "unet")

"""Task ddim_cfg: `ddim_cfg_sample` of diffusion/ddim.py, measured step by step.

The spy answers differently with and without the class: only guidance of exactly the given strength
gives its images.
"""

from typing import Any

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.samplers import guided_run, random_inputs, replayed, run_sampler
from checkkit.verdicts.caches import assert_cache_shape, assert_caches
from checkkit.verdicts.ddim import DdimSetting, assert_no_noise
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
from checkkit.verdicts.side_effects import assert_arguments_unchanged, assert_inference_mode

pytestmark = pytest.mark.task("ddim_cfg")

GUIDED: dict[str, Any] = {"guidance": 3.0, "guidance_scale": 3.0}
ETAS = 0.5, 1.0, 0.0  # at 0.5, most mistakes can be told from each other


def strided(rng: np.random.Generator, eta: float) -> DdimSetting:
    """Eight steps of different lengths on a schedule of T = 45."""
    return DdimSetting.strided(rng, 45, 8, eta)


def guided(submission, setting, rng, scale: float) -> Replay:
    """`replayed` for two images at one guidance scale."""
    options = {"guidance_scale": scale, "gate": False}
    return replayed(submission, setting, rng, 2, (8, 8), scale, **options)


@pytest.fixture
def setting(rng: np.random.Generator) -> DdimSetting:
    return strided(rng, 1.0)


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


def test_the_net_is_asked_at_each_timestep_of_the_list(submission, setting, rng):
    """The loop begins a step at each of the timesteps but the last, and the net gets t / T.

    The first one may be below T.
    """
    for one in (setting, setting.from_below()):
        assert_timesteps(one, guided_run(submission, rng, one, 3)["rows"], 3)


@pytest.mark.supporting
def test_one_image_for_each_class_of_the_size_asked(submission, setting, rng):
    """x_0 is (N, 1, H, W) and caches (N, S, 1, H, W), one image for each entry of c."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        assert_cache_shape(guided_run(submission, rng, setting, count, img_hw))


def test_the_mean_of_each_step_is_that_of_equation_13(submission, rng, exhibits):
    """x' = sqrt(alpha_bar') x_0 + sqrt(1 - alpha_bar' - sigma^2) eps + noise, with the guided eps.

    For eta 0, 0.5 and 1. x_0 is estimated from the guided eps, too.
    """
    replays = [replayed(submission, strided(rng, eta), rng, 4, (12, 12), **GUIDED) for eta in ETAS]
    show_steps(exhibits, replays[0])
    for replay in replays:
        assert_step_mean(replay)


def test_the_noise_of_each_step_has_standard_deviation_sigma(submission, rng, exhibits):
    """Before the last step, each step adds sigma z with the sigma of equation 12."""
    for eta in filter(None, ETAS):
        seeds = draw_seeds(rng)

        def again(setting: DdimSetting, seeds: tuple[int, int] = seeds) -> Replay:
            return replayed(submission, setting, rng, 8, (16, 16), seeds=seeds, **GUIDED)

        replay = again(strided(rng, eta))
        if eta == ETAS[0]:
            show_noise(exhibits, replay)
        assert_noise_scale(replay, again)


def test_nothing_is_random_after_the_start_if_eta_is_0(submission, rng):
    """With eta = 0, the default, no step adds noise."""
    assert_no_noise(replayed(submission, strided(rng, 0.0), rng, 2, (8, 8), **GUIDED))


def test_the_last_step_adds_no_noise(submission, setting, rng):
    """The step to t' = 0 adds nothing, also with eta = 1."""
    assert_no_noise_in_last_step(replayed(submission, setting, rng, 2, (8, 8), **GUIDED))


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is sampled again from N(0, I) for each step, image and pixel, and differs from x_T."""
    setting = DdimSetting.strided(rng, 60, 24, 1.0)
    assert_fresh_step_noise(replayed(submission, setting, rng, 4, (16, 16), **GUIDED))


def test_sampling_starts_from_standard_normal_noise(submission, rng):
    """x_T is N(0, I), different for each image."""
    setting = DdimSetting.strided(rng, 40, 3, 0.0)
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


def test_caches_hold_the_states_on_the_way(submission, setting, rng):
    """The caches hold x after each step of the same run, the last of them x_0."""
    assert_caches(setting, guided_run(submission, rng, setting, 2, (6, 6)))


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """c, schedule and timesteps are the same after sampling, and the net gets float32."""
    inputs = random_inputs(rng, setting, 4, (6, 6))
    evidence = run_sampler(submission, setting, **inputs, **GUIDED, seed=1)
    assert_arguments_unchanged(evidence, c=inputs["c"], timesteps=np.array(setting.timesteps))


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_the_net(submission, setting, rng):
    """Samples are drawn on the device of the net's weights; the net itself is not moved."""
    arguments = rng.integers(10, size=2), (6, 6), setting.num_ts, [*setting.timesteps]
    assert_stays_on_device(submission, "ddim.ddim_cfg_sample", setting, arguments, "unet")

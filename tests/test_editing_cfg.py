"""Task editing_cfg: `iterative_denoise_cfg` of diffusion/iterative.py, measured step by step.

A spy takes the model's place; guided with exactly the right scale, its answers stand for chosen
images x_0.
"""

import numpy as np
import pytest

from checkkit.runs.editing import iterative_inputs, replayed_iterative, run_iterative
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
)
from checkkit.verdicts.pictures import show_noise, show_steps
from checkkit.verdicts.replay import Replay
from checkkit.verdicts.sampling_steps import assert_step_mean
from checkkit.verdicts.seeds import assert_seed_decides, draw_seeds
from checkkit.verdicts.strided import (
    StridedSetting,
    assert_begins_with,
    assert_cond_passed,
    assert_unchanged,
    assert_visits,
)
from checkkit.verdicts.strided_guidance import assert_scales

pytestmark = pytest.mark.task("editing_cfg")

SCALE = 3.0


def strided(rng: np.random.Generator, i_start: int) -> StridedSetting:
    """Ten steps of different lengths on a schedule of T = 45, the first `i_start` left out."""
    return StridedSetting.drawn_with(rng, 45, 10, i_start)


@pytest.fixture
def setting(rng: np.random.Generator) -> StridedSetting:
    return strided(rng, 0)


def test_guidance_moves_from_the_unconditional_towards_the_conditional(submission, setting, rng):
    """eps = eps_uncond + w (eps_cond - eps_uncond) with w = scale: 0, 1, 7 and any other.

    eps_uncond is model.eps(x, t, None). w = 0 ignores cond, w = 1 is the conditional prediction
    alone, w > 1 exaggerates it.
    """
    scales = 0.0, 1.0, 7.0, float(rng.uniform(1.5, 4))
    assert_scales(
        {w: replayed_iterative(submission, setting, rng, 2, (8, 8), guidance=w) for w in scales}
    )


def test_the_model_is_asked_at_each_timestep_from_i_start_on(submission, rng):
    """The loop begins with x at timesteps[i_start], and the model gets the t of each step."""
    for i_start in (0, 3):
        setting = strided(rng, i_start)
        inputs = iterative_inputs(rng, setting, 3, (8, 8), SCALE)
        evidence = run_iterative(submission, setting, **inputs)
        assert_visits(setting, evidence["rows"], 3)
        assert_begins_with(evidence, inputs["x"])


def test_the_mean_of_each_step_is_that_of_equation_a4(submission, rng, exhibits):
    """x' = sqrt(ab') beta / (1 - ab) x_0 + sqrt(alpha) (1 - ab') / (1 - ab) x + noise.

    x_0 is estimated from the guided eps.
    """
    replays = [
        replayed_iterative(submission, strided(rng, i), rng, 4, (12, 12), SCALE) for i in (0, 2)
    ]
    show_steps(exhibits, replays[0])
    for replay in replays:
        assert_step_mean(replay)


def test_the_noise_of_each_step_has_the_variance_with_cond(submission, setting, rng, exhibits):
    """Before the last step, each step adds z times the root of model.variance(x, t, t', cond).

    The posterior variance or beta of the whole step is right as well.
    """
    seeds = draw_seeds(rng)

    def again(other: StridedSetting) -> Replay:
        return replayed_iterative(submission, other, rng, 8, (16, 16), SCALE, seeds)

    replay = again(setting)
    show_noise(exhibits, replay)
    assert_noise_scale(replay, again)


def test_the_last_step_adds_no_noise(submission, setting, rng):
    """The step to t' = 0, where alpha_bar is 1, adds nothing."""
    assert_no_noise_in_last_step(replayed_iterative(submission, setting, rng, 2, (8, 8), SCALE))


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is sampled again from N(0, I) for each step, image and pixel, and differs from x."""
    setting = StridedSetting.drawn_with(rng, 60, 24, 0)
    assert_fresh_step_noise(replayed_iterative(submission, setting, rng, 4, (16, 16), SCALE))


def test_equal_seeds_give_equal_images_and_others_differ(submission, setting, rng):
    """`seed` decides the noise: the same seed gives the same images whatever was drawn before."""
    inputs = iterative_inputs(rng, setting, 2, (8, 8), SCALE)

    def denoised(state: int, **options) -> np.ndarray:
        evidence = run_iterative(submission, setting, **inputs, state=state, **options)
        return np.concatenate([evidence["states"], evidence["x_0"][None]])

    assert_seed_decides(denoised, rng)


def test_caches_hold_the_images_on_the_way(submission, rng):
    """The caches hold x after each step of the same run, the last of them x_0."""
    setting = strided(rng, 4)
    inputs = iterative_inputs(rng, setting, 2, (6, 6), SCALE)
    assert_caches(setting, run_iterative(submission, setting, **inputs))


@pytest.mark.supporting
def test_cond_is_passed_on_to_the_model(submission, setting, rng):
    """In its conditional call the model gets cond as it was given; None is for the other call."""
    inputs = iterative_inputs(rng, setting, 5, (6, 6), SCALE) | {"cond": 1 + rng.permutation(9)[:5]}
    assert_cond_passed(run_iterative(submission, setting, **inputs), inputs["cond"])


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x and the timesteps are the same afterwards."""
    inputs = iterative_inputs(rng, setting, 2, (6, 6), SCALE)
    assert_unchanged(setting, run_iterative(submission, setting, **inputs), inputs["x"])

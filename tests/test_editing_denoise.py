"""Task editing_denoise: `iterative_denoise` of diffusion/iterative.py, measured step by step.

A spy takes the model's place; its answers stand for chosen images x_0. Two runs with one seed and
different images show what each step computes.
"""

import numpy as np
import pytest

from checkkit.runs.editing import iterative_inputs, replayed_iterative, run_iterative
from checkkit.verdicts.caches import assert_cache_shape, assert_caches
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

pytestmark = pytest.mark.task("editing_denoise")


def strided(rng: np.random.Generator, i_start: int) -> StridedSetting:
    """Ten steps of different lengths on a schedule of T = 45, the first `i_start` left out."""
    return StridedSetting.drawn_with(rng, 45, 10, i_start)


@pytest.fixture
def setting(rng: np.random.Generator) -> StridedSetting:
    return strided(rng, 0)


def test_the_model_is_asked_at_each_timestep_of_the_list(submission, setting, rng):
    """The loop begins a step at each of the timesteps but the last, and the model gets this t.

    A list of S + 1 timesteps has S steps: from the first to the second one, and so on.
    """
    inputs = iterative_inputs(rng, setting, 2, (8, 8))
    assert_visits(setting, run_iterative(submission, setting, **inputs)["rows"], 2)


def test_the_first_step_begins_at_timesteps_of_i_start(submission, rng):
    """With i_start, x is the image at timesteps[i_start]: the steps before it are left out.

    No noise is added before the first step: x has it already.
    """
    for i_start in (1, 3):
        setting = strided(rng, i_start)
        inputs = iterative_inputs(rng, setting, 2, (8, 8))
        evidence = run_iterative(submission, setting, **inputs)
        assert_visits(setting, evidence["rows"], 2)
        assert_begins_with(evidence, inputs["x"])


def test_the_mean_of_each_step_is_that_of_equation_a4(submission, rng, exhibits):
    """x' = sqrt(ab') beta / (1 - ab) x_0 + sqrt(alpha) (1 - ab') / (1 - ab) x + noise.

    ab and ab' are alpha_bar at t and t'; alpha = ab / ab' and beta = 1 - alpha are those of the
    whole step. x_0 is the estimate of equation A3. The first step is measured less precisely.
    """
    replays = [replayed_iterative(submission, strided(rng, i), rng, 4, (12, 12)) for i in (0, 2)]
    show_steps(exhibits, replays[0])
    for replay in replays:
        assert_step_mean(replay)


def test_the_noise_of_each_step_has_the_variance_of_the_model(submission, setting, rng, exhibits):
    """Before the last step, each step adds z times the root of model.variance(x, t, t', cond).

    The posterior variance or beta of the whole step is right as well, the same in every step.
    """
    seeds = draw_seeds(rng)

    def again(other: StridedSetting) -> Replay:
        return replayed_iterative(submission, other, rng, 8, (16, 16), seeds=seeds)

    replay = again(setting)
    show_noise(exhibits, replay)
    assert_noise_scale(replay, again)


def test_the_last_step_adds_no_noise(submission, setting, rng):
    """The step to t' = 0, where alpha_bar is 1, adds nothing: model.variance is 0 there."""
    assert_no_noise_in_last_step(replayed_iterative(submission, setting, rng, 2, (8, 8)))


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is sampled again from N(0, I) for each step, image and pixel, and differs from x."""
    setting = StridedSetting.drawn_with(rng, 60, 24, 0)
    assert_fresh_step_noise(replayed_iterative(submission, setting, rng, 4, (16, 16)))


def test_equal_seeds_give_equal_images_and_others_differ(submission, setting, rng):
    """`seed` decides the noise: the same seed gives the same images whatever was drawn before.

    Seed a `torch.Generator` and draw with `generator=`, or call `torch.manual_seed` at the start.
    """
    inputs = iterative_inputs(rng, setting, 2, (8, 8))

    def denoised(state: int, **options) -> np.ndarray:
        evidence = run_iterative(submission, setting, **inputs, state=state, **options)
        return np.concatenate([evidence["states"], evidence["x_0"][None]])

    assert_seed_decides(denoised, rng)


def test_caches_hold_the_images_on_the_way(submission, rng):
    """The caches hold x after each step of the same run, the last of them x_0."""
    for i_start in (0, 4):
        setting = strided(rng, i_start)
        inputs = iterative_inputs(rng, setting, 2, (6, 6))
        assert_caches(setting, run_iterative(submission, setting, **inputs))


@pytest.mark.supporting
def test_as_many_images_as_given_of_the_size_given(submission, setting, rng):
    """x_0 is (N, C, H, W) and caches (N, S - i_start, C, H, W), for any N, H and W."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        inputs = iterative_inputs(rng, setting, count, img_hw)
        assert_cache_shape(run_iterative(submission, setting, **inputs))


@pytest.mark.supporting
def test_cond_is_passed_on_to_the_model(submission, setting, rng):
    """The model gets cond as it was given, and None if it is left out."""
    inputs = iterative_inputs(rng, setting, 5, (6, 6)) | {"cond": 1 + rng.permutation(9)[:5]}
    assert_cond_passed(run_iterative(submission, setting, **inputs), inputs["cond"])
    del inputs["cond"]
    assert_cond_passed(run_iterative(submission, setting, **inputs), None)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x and the timesteps are the same afterwards."""
    inputs = iterative_inputs(rng, setting, 2, (6, 6))
    assert_unchanged(setting, run_iterative(submission, setting, **inputs), inputs["x"])

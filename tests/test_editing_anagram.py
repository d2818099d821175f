"""Task editing_anagram: `visual_anagram` of diffusion/illusions.py, measured step by step.

A spy takes the model's place; what it answers for x, for x turned, with either condition and with
none tells which of these are in eps, and how often.
"""

import numpy as np
import pytest

from checkkit.runs.illusions import anagram, half_pattern
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.illusion_runs import (
    IllusionSetting,
    assert_asked,
    assert_conds_passed,
    turned,
)
from checkkit.verdicts.illusions import assert_illusion_scales, assert_sum, assert_variance_in_place
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
)
from checkkit.verdicts.sampling_steps import assert_step_mean
from checkkit.verdicts.seeds import assert_seed_decides
from checkkit.verdicts.strided import assert_unchanged

pytestmark = pytest.mark.task("editing_anagram")

SCALE = 3.0


@pytest.fixture
def setting(rng: np.random.Generator) -> IllusionSetting:
    """Ten steps of different lengths on a schedule of T = 45."""
    return IllusionSetting.drawn_with(rng, 45, 10, 0)


def test_eps_is_the_mean_of_both_guided_predictions(submission, setting, rng):
    """eps is the mean of both guided predictions, that for turn(x) turned back (equation A8).

    The first is for x with cond_1, the second for turn(x) with cond_2. Both are guided: that for
    turn(x) needs eps_uncond of turn(x), too. By default, `turn` is upside_down.
    """
    scale = float(rng.uniform(2, 4))
    for turn in (None, "half turn"):
        assert_sum(anagram(setting, rng, 3, (10, 10), turn).measure(submission, rng, scale))


def test_both_predictions_are_guided_with_the_scale(submission, setting, rng):
    """Both predictions are guided with w = scale: 0, 1, 7 and any other.

    eps_uncond + w (eps_cond - eps_uncond), for x with cond_1 and for turn(x) with cond_2.
    """
    asked = anagram(setting, rng, 3, (10, 10))
    scales = 0.0, 1.0, 7.0, float(rng.uniform(1.5, 4))
    assert_illusion_scales([asked.measure(submission, rng, scale) for scale in scales])


def test_any_turn_that_undoes_itself_is_used(submission, setting, rng):
    """`turn` is called, and no turn of your own: any function that moves pixels will do.

    The turns here are a half turn, a mirror of left and right, and pairs of pixels that change
    places.
    """
    for turn in ("half turn", "left and right", "shuffled"):
        assert_sum(anagram(setting, rng, 3, (10, 9), turn).measure(submission, rng, SCALE))


def test_the_model_is_asked_at_each_timestep(submission, setting, rng):
    """The loop begins a step at each of the timesteps but the last, and the model gets this t.

    At each of them it gets x of this step, as it is and turned, and no other images.
    """
    asked = anagram(setting, rng, 3, (8, 8))
    evidence = asked.run(submission, SCALE, asked.answers(rng, SCALE))
    assert_asked(setting, evidence, asked.turns, asked.x)


def test_the_mean_of_each_step_is_that_of_equation_a4(submission, setting, rng):
    """x' = sqrt(ab') beta / (1 - ab) x_0 + sqrt(alpha) (1 - ab') / (1 - ab) x + noise.

    x_0 is estimated from the mean of both predictions.
    """
    assert_step_mean(anagram(setting, rng, 4, (12, 12)).measure(submission, rng, SCALE).steps())


def test_the_noise_of_each_step_has_the_variance_with_a_condition(submission, setting, rng):
    """Before the last step, each step adds z times the root of model.variance(x, t, t', cond_1).

    That with cond_2 is right as well, and so are the posterior variance and beta of the whole step.
    """
    asked = anagram(setting, rng, 8, (12, 12))
    assert_noise_scale(asked.measure(submission, rng, SCALE).steps())


def test_the_variance_is_that_of_x_as_it_is(submission, setting, rng):
    """Where model.variance differs from pixel to pixel, the noise does, too, at the same pixels."""
    asked = anagram(setting, rng, 8, (12, 12))
    pattern = half_pattern((12, 12))
    found = asked.measure(submission, rng, SCALE, pattern=pattern)
    assert_variance_in_place(found.steps(), turned(pattern, asked.turns[found.run.start]))


def test_the_last_step_adds_no_noise(submission, setting, rng):
    """The step to t' = 0, where alpha_bar is 1, adds nothing."""
    steps = anagram(setting, rng, 3, (10, 10)).measure(submission, rng, SCALE).steps()
    assert_no_noise_in_last_step(steps)


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is sampled again from N(0, I) for each step, image and pixel, and differs from x."""
    setting = IllusionSetting.drawn_with(rng, 60, 24, 0)
    asked = anagram(setting, rng, 4, (16, 16))
    assert_fresh_step_noise(asked.measure(submission, rng, SCALE).steps())


def test_equal_seeds_give_equal_images_and_others_differ(submission, setting, rng):
    """`seed` decides the noise: the same seed gives the same images whatever was drawn before."""
    asked = anagram(setting, rng, 2, (8, 8))
    answers = asked.answers(rng, SCALE)

    def drawn(state: int, **options) -> np.ndarray:
        evidence = asked.run(submission, SCALE, answers, state, **options)
        return np.concatenate([evidence["states"], evidence["x_0"][None]])

    assert_seed_decides(drawn, rng)


def test_caches_hold_the_images_on_the_way(submission, setting, rng):
    """The caches hold x after each step of the same run, the last of them x_0."""
    asked = anagram(setting, rng, 2, (6, 6))
    assert_caches(setting, asked.run(submission, SCALE, asked.answers(rng, SCALE)))


@pytest.mark.supporting
def test_conditions_are_passed_on_to_the_model(submission, setting, rng):
    """The model gets cond_1 and cond_2 as they were given."""
    asked = anagram(setting, rng, 3, (6, 6))
    evidence = asked.run(submission, SCALE, asked.answers(rng, SCALE))
    assert_conds_passed(evidence, asked.conds)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x and the timesteps are the same afterwards."""
    asked = anagram(setting, rng, 2, (6, 6))
    assert_unchanged(setting, asked.run(submission, SCALE, asked.answers(rng, SCALE)), asked.x)

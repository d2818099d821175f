"""Task editing_hybrid: `hybrid_image` of diffusion/illusions.py, measured step by step.

A spy takes the model's place; what it answers with either condition and with none tells which of
these are in eps, blurred or not, and how often. Pixels near the border are left out.
"""

import numpy as np
import pytest

from checkkit.runs.illusions import Asked, half_pattern, hybrid
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.illusion_runs import IllusionSetting, assert_asked, assert_conds_passed
from checkkit.verdicts.illusions import assert_illusion_scales, assert_sum, assert_variance_in_place
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
)
from checkkit.verdicts.sampling_steps import assert_step_mean
from checkkit.verdicts.seeds import assert_seed_decides
from checkkit.verdicts.strided import assert_unchanged

pytestmark = pytest.mark.task("editing_hybrid")

SCALE = 3.0


@pytest.fixture
def setting(rng: np.random.Generator) -> IllusionSetting:
    """Ten steps of different lengths on a schedule of T = 45."""
    return IllusionSetting.drawn_with(rng, 45, 10, 0)


@pytest.fixture
def asked(setting: IllusionSetting, rng: np.random.Generator) -> Asked:
    """Three images, and a blur as wide as its sigma needs it."""
    return hybrid(setting, rng, 3, 12, float(rng.uniform(1.15, 1.35)), 13)


def test_eps_has_low_frequencies_of_one_and_high_of_the_other(submission, asked, rng):
    """eps has the low frequencies of one prediction and the high ones of the other (equation A9).

    lowpass(eps_1) + eps_2 - lowpass(eps_2): cond_1 is for the low ones, cond_2 for the high ones.
    """
    assert_sum(asked.measure(submission, rng, float(rng.uniform(2, 4))))


def test_kernel_size_and_sigma_are_those_of_the_blur(submission, setting, rng):
    """The blur has the sigma that is asked for; by default sigma is 2.0 and kernel_size 33."""
    for options in ((2.4, 21), (1.5, 13)):
        assert_sum(hybrid(setting, rng, 3, 12, *options).measure(submission, rng, SCALE))
    assert_sum(hybrid(setting, rng, 2, 12).measure(submission, rng, SCALE))


def test_both_predictions_are_guided_with_the_scale(submission, asked, rng):
    """Both predictions are guided with w = scale: 0, 1, 7 and any other.

    eps_uncond + w (eps_cond - eps_uncond), with cond_1 and with cond_2.
    """
    scales = 0.0, 1.0, 7.0, float(rng.uniform(1.5, 4))
    assert_illusion_scales([asked.measure(submission, rng, scale) for scale in scales])


def test_the_model_is_asked_at_each_timestep(submission, setting, asked, rng):
    """The loop begins a step at each of the timesteps but the last, and the model gets this t.

    At each of them it gets x of this step: the answers are blurred, x is not.
    """
    evidence = asked.run(submission, SCALE, asked.answers(rng, SCALE))
    assert_asked(setting, evidence, asked.turns, asked.x)


def test_the_mean_of_each_step_is_that_of_equation_a4(submission, asked, rng):
    """x' = sqrt(ab') beta / (1 - ab) x_0 + sqrt(alpha) (1 - ab') / (1 - ab) x + noise.

    x_0 is estimated from the mixture of both predictions.
    """
    assert_step_mean(asked.measure(submission, rng, SCALE).steps())


def test_the_noise_of_each_step_has_the_variance_with_a_condition(submission, setting, rng):
    """Before the last step, each step adds z times the root of model.variance(x, t, t', cond_1).

    That with cond_2 is right as well, and so are the posterior variance and beta of the whole step.
    """
    asked = hybrid(setting, rng, 8, 12, 1.2, 13)
    assert_noise_scale(asked.measure(submission, rng, SCALE).steps())


def test_the_variance_is_not_blurred(submission, setting, rng):
    """Where model.variance differs from pixel to pixel, the noise does, too, at the same pixels."""
    asked = hybrid(setting, rng, 8, 12, 2.0, 17)
    pattern = half_pattern(asked.x.shape[2:])
    steps = asked.measure(submission, rng, SCALE, pattern=pattern).steps()
    assert_variance_in_place(steps, asked.kind.inside(pattern))


def test_the_last_step_adds_no_noise(submission, asked, rng):
    """The step to t' = 0, where alpha_bar is 1, adds nothing."""
    assert_no_noise_in_last_step(asked.measure(submission, rng, SCALE).steps())


def test_the_noise_is_normal_and_fresh_in_each_step(submission, rng):
    """z is sampled again from N(0, I) for each step, image and pixel, and differs from x."""
    setting = IllusionSetting.drawn_with(rng, 60, 24, 0)
    asked = hybrid(setting, rng, 4, 16, 1.2, 13)
    assert_fresh_step_noise(asked.measure(submission, rng, SCALE).steps())


def test_equal_seeds_give_equal_images_and_others_differ(submission, setting, asked, rng):
    """`seed` decides the noise: the same seed gives the same images whatever was drawn before."""
    answers = asked.answers(rng, SCALE)

    def drawn(state: int, **options) -> np.ndarray:
        evidence = asked.run(submission, SCALE, answers, state, **options)
        return np.concatenate([evidence["states"], evidence["x_0"][None]])

    assert_seed_decides(drawn, rng)


def test_caches_hold_the_images_on_the_way(submission, setting, asked, rng):
    """The caches hold x after each step of the same run, the last of them x_0."""
    assert_caches(setting, asked.run(submission, SCALE, asked.answers(rng, SCALE)))


@pytest.mark.supporting
def test_conditions_are_passed_on_to_the_model(submission, setting, asked, rng):
    """The model gets cond_1 and cond_2 as they were given."""
    evidence = asked.run(submission, SCALE, asked.answers(rng, SCALE))
    assert_conds_passed(evidence, asked.conds)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, asked, rng):
    """x and the timesteps are the same afterwards."""
    assert_unchanged(setting, asked.run(submission, SCALE, asked.answers(rng, SCALE)), asked.x)

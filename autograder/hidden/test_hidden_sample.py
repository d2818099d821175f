"""Task hidden_sample: `ddpm_sample` with other lengths, sizes and schedules."""

import pytest

from checkkit.runs.samplers import replayed, run_sampler
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
)
from checkkit.verdicts.sampling_steps import assert_step_mean, assert_timesteps
from checkkit.verdicts.settings import Setting, answer_images

pytestmark = pytest.mark.task("hidden_sample")

USUAL = Setting(1e-4, 0.02, 300)


def test_every_step_is_right_for_the_usual_schedule(submission, rng):
    """Means, noise and last step are right at each of 300 steps from 0.0001 to 0.02."""
    replay = replayed(submission, USUAL, rng, 2, (8, 8))
    assert_step_mean(replay)
    assert_noise_scale(replay)
    assert_no_noise_in_last_step(replay)


def test_every_step_is_right_whatever_the_length_and_size(submission, rng):
    """Odd and even T, wide and tall images, one of them or as many as it has columns."""
    for num_ts, count, img_hw in ((2, 6, (9, 9)), (7, 1, (13, 6)), (10, 11, (5, 11))):
        setting = Setting(0.02, float(rng.uniform(0.4, 0.6)), num_ts)
        replay = replayed(submission, setting, rng, count, img_hw)
        assert_step_mean(replay)
        assert_noise_scale(replay)
        assert_no_noise_in_last_step(replay)


def test_the_noise_is_fresh_over_a_long_chain(submission, rng):
    """Noise is normal and new in each of 60 steps, for wide images too."""
    setting = Setting(0.001, 0.1, 60)
    assert_fresh_step_noise(replayed(submission, setting, rng, 3, (10, 14)))


def test_different_seeds_share_no_noise(submission, rng):
    """The noise of one seed, at the start and in each step, is independent of another seed's."""
    setting = Setting.drawn(rng, 4)
    assert_fresh_step_noise(*(replayed(submission, setting, rng, 4, (12, 12)) for _ in range(4)))


def test_all_steps_are_visited_whatever_the_length(submission, rng):
    """The sampler visits every t from T to 1 for T = 2, 21 and 40, and the net gets t / T."""
    for num_ts in (2, 21, 40):
        setting = Setting.drawn(rng, num_ts)
        images = answer_images(rng, setting, 2, (6, 5))
        evidence = run_sampler(submission, setting, images, seed=2)
        assert_timesteps(setting, evidence["rows"], 2)


def test_caches_are_kept_whatever_the_length(submission, rng):
    """The caches hold the right states of the same run for T = 5, 41, 80 and 263."""
    for num_ts in (5, 41, 80, 263):
        setting = Setting(0.002, 0.08, num_ts)
        images = answer_images(rng, setting, 3, (4, 6))
        assert_caches(setting, run_sampler(submission, setting, images, seed=2))

"""Task hidden_guidance: `ddpm_cfg_forward` and `ddpm_cfg_sample` with other inputs."""

from typing import Any

import numpy as np
import pytest

from checkkit.runs.losses import analysed_loss, random_classes, run_loss
from checkkit.runs.samplers import guided_run, random_inputs, replayed, run_sampler
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.distributions import (
    assert_classes_passed_on,
    assert_dropping_rate,
    assert_independent_dropping,
    assert_uniform_timesteps,
)
from checkkit.verdicts.guidance import assert_classes, assert_guidance
from checkkit.verdicts.losses import assert_forward_process, assert_mean_loss, assert_noise_target
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
)
from checkkit.verdicts.sampling_steps import assert_step_mean, assert_timesteps
from checkkit.verdicts.settings import Setting, clean_images

pytestmark = pytest.mark.task("hidden_guidance")

USUAL = Setting(1e-4, 0.02, 300)
GUIDED: dict[str, Any] = {"guidance": 3.0, "guidance_scale": 3.0}


def test_any_strength_of_guidance_is_followed(submission, rng):
    """Guidance of -1, 0, 1, 7.5 and 15 moves eps by exactly that much, in wide and tall images."""
    for scale, img_hw in (
        (-1.0, (5, 9)),
        (0.0, (9, 5)),
        (1.0, (7, 7)),
        (7.5, (6, 6)),
        (15.0, (4, 8)),
    ):
        setting = Setting.drawn(rng, int(rng.integers(2, 12)))
        options = {"guidance_scale": scale, "gate": False}
        replay = replayed(submission, setting, rng, 3, img_hw, scale, **options)
        assert_guidance(replay, scale)


def test_every_guided_step_is_right_for_the_usual_schedule(submission, rng):
    """Guidance, means, noise and last step are right at each of 300 steps from 0.0001 to 0.02."""
    replay = replayed(submission, USUAL, rng, 2, (8, 8), guidance=5.0)
    assert_guidance(replay, 5.0)
    assert_step_mean(replay)
    assert_noise_scale(replay)
    assert_no_noise_in_last_step(replay)
    assert_timesteps(USUAL, replay.rows, 2)


def test_guided_steps_are_right_whatever_the_length_and_size(submission, rng):
    """Odd and even T, one image or as many as it has columns."""
    for num_ts, count, img_hw in ((2, 6, (9, 9)), (7, 1, (13, 6)), (10, 11, (5, 11))):
        setting = Setting(0.02, float(rng.uniform(0.4, 0.6)), num_ts)
        replay = replayed(submission, setting, rng, count, img_hw, **GUIDED)
        assert_step_mean(replay)
        assert_no_noise_in_last_step(replay)


def test_guided_noise_is_fresh_over_a_long_chain(submission, rng):
    """Noise is normal and new in each of 60 guided steps."""
    setting = Setting(0.001, 0.1, 60)
    assert_fresh_step_noise(replayed(submission, setting, rng, 3, (10, 14), **GUIDED))


def test_different_seeds_share_no_guided_noise(submission, rng):
    """The noise of one seed, at the start and in each step, is independent of another seed's."""
    setting = Setting.drawn(rng, 4)
    chains = [replayed(submission, setting, rng, 4, (12, 12), **GUIDED) for _ in range(4)]
    assert_fresh_step_noise(*chains)


def test_classes_at_both_ends_and_repeated_ones_reach_the_net(submission, rng):
    """The net gets the right classes: all 0, all 9, or several in any order."""
    setting = Setting.drawn(rng, 6)
    for classes in ([0, 0, 0], [9, 9, 9], [9, 0, 5, 5, 1]):
        c = np.array(classes)
        inputs = random_inputs(rng, setting, len(c), (6, 6)) | {"c": c}
        rows = run_sampler(submission, setting, **inputs, **GUIDED, seed=1)["rows"]
        assert_classes(rows, c)
        assert {0, 1} <= set(rows[:, 4]), (
            f"classes {classes}: the net has to be called with the class and without"
        )


def test_guided_caches_are_kept_whatever_the_length(submission, rng):
    """The caches hold the right states of the same guided run for T = 5, 41 and 263."""
    for num_ts in (5, 41, 263):
        setting = Setting(0.002, 0.08, num_ts)
        assert_caches(setting, guided_run(submission, rng, setting, 3, (4, 6)))


def test_the_guided_mixture_is_right_whatever_the_shape(submission, rng):
    """The training loss mixes images of any size right, one or many, at the usual schedule too."""
    for setting, shape in (
        (USUAL, (28, 28, 28)),
        (Setting.drawn(rng, 17), (11, 13, 11)),
        (Setting.drawn(rng, 4), (1, 5, 7)),
    ):
        x_0 = clean_images(rng, *shape)
        loss = analysed_loss(submission, setting, x_0, random_classes(rng, len(x_0)))
        assert_forward_process(loss)
        assert_mean_loss(loss)


def test_the_guided_target_is_normal_over_many_images(submission, rng):
    """The noise is standard normal and differs between any two of 200 images."""
    setting, x_0 = Setting.drawn(rng, 50), clean_images(rng, 200, 10, 12)
    assert_noise_target(analysed_loss(submission, setting, x_0, random_classes(rng, 200)))


def test_one_class_in_ten_is_dropped(submission, rng, exhibits):
    """At p_uncond = 0.1 about one in ten is dropped, whatever its class, and t stays uniform."""
    x_0, c = clean_images(rng, 8192, 2, 2), random_classes(rng, 8192)
    setting = Setting.drawn(rng, 31)
    rows = run_loss(submission, setting, x_0, c, 0.1)["rows"]
    assert_dropping_rate(rows, 0.1)
    assert_independent_dropping(rows, "the class", c)
    assert_classes_passed_on(rows, c)
    assert_uniform_timesteps(setting, rows[:, 0], exhibits)

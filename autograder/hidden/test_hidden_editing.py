"""Task hidden_editing: a pretrained model with other tables, lists, conditions and scales."""

import pytest

from checkkit.runs.editing import iterative_inputs, replayed_iterative, run_iterative
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
)
from checkkit.verdicts.replay import Run
from checkkit.verdicts.sampling_steps import assert_step_mean
from checkkit.verdicts.strided import (
    StridedSetting,
    assert_begins_with,
    assert_cond_passed,
    assert_last_noise,
    assert_unchanged,
    assert_visits,
)
from checkkit.verdicts.strided_guidance import assert_scales

pytestmark = [
    pytest.mark.task("hidden_editing"),
    pytest.mark.parametrize("scale", [None, 2.5], ids=["plain", "guided"]),
]


def listed(rng, num_ts: int, timesteps: tuple[int, ...], i_start=0, clean=1.0) -> StridedSetting:
    """A schedule with this list of timesteps."""
    last = float(rng.uniform(0.1, 0.2))
    return StridedSetting(0.005, last, num_ts, timesteps, i_start, clean)


def test_hidden_editing_the_list_of_the_handout(submission, rng, scale):
    """All 33 steps from 297 to 0 by 9 are right, and those from its tenth entry on."""
    for i_start in (0, 10):
        timesteps = (*range(297, 0, -9), 0)
        setting = StridedSetting(1e-4, 0.02, 300, timesteps, i_start)
        replay = replayed_iterative(submission, setting, rng, 2, (8, 8), scale)
        assert_visits(setting, replay.rows, 2)
        assert_step_mean(replay)
        assert_noise_scale(replay)
        assert_no_noise_in_last_step(replay)


def test_hidden_editing_any_list_and_start(submission, rng, scale):
    """Lists of two, single steps, and starts of any place, for any N, H and W."""
    lists = ((11, 0), 0), ((23, 1, 0), 1), ((17, 16, 15, 4, 0), 0), ((24, 9, 8, 7, 6, 5, 1, 0), 5)
    for i, (timesteps, i_start) in enumerate(lists):
        setting = listed(rng, 25, timesteps, i_start)
        count, img_hw = (6, (13, 6)) if i % 2 else (1, (9, 12))
        replay = replayed_iterative(submission, setting, rng, count, img_hw, scale)
        assert_visits(setting, replay.rows, count)
        assert_step_mean(replay)
        assert_noise_scale(replay)
        assert_no_noise_in_last_step(replay)
        if scale is not None:
            assert_scales({scale: replay})


def test_hidden_editing_a_table_that_begins_below_1(submission, rng, scale):
    """Where alpha_bar is 0.999 at t = 0, the last step has noise too, by the same equation."""
    setting = listed(rng, 25, (25, 18, 12, 7, 5, 3, 2, 0), clean=0.999)
    replay = replayed_iterative(submission, setting, rng, 4, (12, 12), scale)
    assert_step_mean(replay)
    assert_noise_scale(replay)
    inputs, runs = iterative_inputs(rng, setting, 8, (16, 16), scale), []
    for seed in (3, 4):
        evidence = run_iterative(submission, setting, **inputs, seed=seed)
        runs.append(Run.of(setting, evidence, inputs["images"]))
    assert_last_noise(*runs)


def test_hidden_editing_different_seeds_share_no_noise(submission, rng, scale):
    """The noise of one seed in each step is independent of another seed's, and of x.

    False-fail rate 1e-6.
    """
    setting = listed(rng, 30, (30, 22, 15, 9, 0))
    chains = [replayed_iterative(submission, setting, rng, 4, (12, 12), scale) for _ in range(4)]
    assert_fresh_step_noise(*chains)


def test_hidden_editing_side_effects(submission, rng, scale):
    """Caches, arguments, cond and the first x are right where the first steps are left out."""
    setting = listed(rng, 25, (25, 22, 13, 5, 2, 0), 2)
    inputs = iterative_inputs(rng, setting, 3, (8, 5), scale) | {"cond": 1 + rng.permutation(9)[:3]}
    evidence = run_iterative(submission, setting, **inputs, seed=3)
    assert_begins_with(evidence, inputs["x"])
    assert_caches(setting, evidence)
    assert_unchanged(setting, evidence, inputs["x"])
    assert_cond_passed(evidence, inputs["cond"])

"""Task hidden_illusions: anagrams and hybrid images with other tables, lists, sizes and turns."""

import numpy as np
import pytest

from checkkit.runs.illusions import Asked, anagram, hybrid
from checkkit.verdicts.caches import assert_caches
from checkkit.verdicts.illusion_runs import IllusionSetting, assert_asked, assert_conds_passed
from checkkit.verdicts.illusions import Illusion, assert_illusion_scales, assert_sum
from checkkit.verdicts.noise import (
    assert_fresh_step_noise,
    assert_no_noise_in_last_step,
    assert_noise_scale,
)
from checkkit.verdicts.sampling_steps import assert_step_mean
from checkkit.verdicts.strided import assert_unchanged

pytestmark = [
    pytest.mark.task("hidden_illusions"),
    pytest.mark.parametrize("kind", ["anagram", "hybrid"]),
]


def listed(rng, num_ts: int, timesteps: tuple[int, ...], clean: float = 1.0) -> IllusionSetting:
    """A schedule with this list of timesteps."""
    return IllusionSetting(0.005, float(rng.uniform(0.1, 0.2)), num_ts, timesteps, 0, clean)


def asked_for(kind: str, setting, rng, count: int = 3, turn: str | None = None) -> Asked:
    """An anagram with this turn, or a hybrid image with any sigma."""
    if kind == "anagram":
        return anagram(setting, rng, count, (9, 11) if turn is None else (10, 10), turn)
    return hybrid(setting, rng, count, 12, float(rng.uniform(1.2, 1.5)), 13)


def assert_right(found: Illusion) -> None:
    """The sum, the scale and the steps are right."""
    if found.summed:
        assert_illusion_scales([found])
    assert_sum(found)
    assert_step_mean(found.steps())


def test_hidden_illusions_the_list_of_the_handout(submission, rng, kind):
    """All 33 steps from 297 to 0 by 9 are right."""
    setting = IllusionSetting(1e-4, 0.02, 300, (*range(297, 0, -9), 0))
    asked = asked_for(kind, setting, rng)
    found = asked.measure(submission, rng, 7.0)
    assert_right(found)
    assert_noise_scale(found.steps())
    assert_no_noise_in_last_step(found.steps())


def test_hidden_illusions_any_list_scale_and_number(submission, rng, kind):
    """Lists of a few steps, one image, a small scale and a negative one are no special cases."""
    lists = (23, 1, 0), (17, 16, 15, 4, 0), (24, 9, 8, 7, 6, 5, 1, 0)
    for timesteps, count, scale in zip(lists, (4, 2, 1), (-1.5, 0.4, 12.0), strict=True):
        asked = asked_for(kind, listed(rng, 25, timesteps), rng, count)
        assert_right(asked.measure(submission, rng, scale))


def test_hidden_illusions_other_turns_and_blurs(submission, rng, kind):
    """Rows and columns change places, or the blur is wide."""
    setting = listed(rng, 25, (25, 18, 12, 7, 5, 3, 2, 0))
    if kind == "anagram":
        for turn in ("diagonal", "shuffled", "upside down"):
            assert_right(asked_for(kind, setting, rng, 3, turn).measure(submission, rng, 3.0))
    else:
        assert_right(hybrid(setting, rng, 3, 12, 3.1, 27).measure(submission, rng, 3.0))


def test_hidden_illusions_a_table_that_begins_below_1(submission, rng, kind):
    """Where alpha_bar is 0.999 at t = 0, the steps have the same equation."""
    setting = listed(rng, 25, (25, 18, 12, 7, 5, 3, 2, 0), clean=0.999)
    found = asked_for(kind, setting, rng).measure(submission, rng, 3.0)
    assert_right(found)
    assert_noise_scale(found.steps())


def test_hidden_illusions_different_seeds_share_no_noise(submission, rng, kind):
    """The noise of one seed in each step is independent of another seed's, and of x.

    False-fail rate 1e-6.
    """
    setting = listed(rng, 30, (30, 22, 15, 9, 0))
    chains = []
    for _ in range(4):
        asked = asked_for(kind, setting, rng, 4)
        chains.append(asked.measure(submission, rng, 3.0).steps())
    assert_fresh_step_noise(*chains)


def test_hidden_illusions_side_effects(submission, rng, kind):
    """Caches, arguments, conditions and what the model gets are right for any size."""
    setting = listed(rng, 25, (25, 22, 13, 5, 2, 0))
    asked = asked_for(kind, setting, rng)
    evidence = asked.run(submission, 2.5, asked.answers(rng, 2.5), seed=3)
    assert_asked(setting, evidence, asked.turns, asked.x)
    assert_caches(setting, evidence)
    assert_unchanged(setting, evidence, asked.x)
    assert_conds_passed(evidence, asked.conds)
    assert np.isfinite(evidence["x_0"]).all(), "the images contain NaN or infinity"

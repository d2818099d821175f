"""Task hidden_sdedit: pictures of other forms; other lists, starts and tables."""

import numpy as np
import pytest

from checkkit.runner import expect
from checkkit.runs.image_editing import assert_edit_steps, edit_inputs, run_edit, two_edits
from checkkit.runs.pictures import a_ramp, assert_picture, process
from checkkit.verdicts.edited import measured
from checkkit.verdicts.starts import assert_fresh_noise, assert_starts
from checkkit.verdicts.strided import StridedSetting, assert_cond_passed, assert_visits

pytestmark = pytest.mark.task("hidden_sdedit")

HANDOUT = (*range(297, 0, -9), 0)
I_STARTS = 1, 3, 5, 7, 10, 20


def test_hidden_sdedit_pictures_of_other_sizes_and_modes(submission, rng):
    """Panoramas, columns and squares, of palettes and grey, for models of 24 to 64 pixels."""
    for mode, channels, grey, (height, width), size in (
        ("RGB", 3, False, (64, 300), 64),
        ("array", 3, False, (210, 70), 40),
        ("L", 3, True, (50, 50), 28),
        ("grey array", 1, True, (70, 56), 32),
        ("CMYK", 3, False, (48, 80), 24),
    ):
        picture = a_ramp(rng, height, width)
        have = process(submission, picture, mode, size, channels=channels)
        assert_picture(picture, have, size, grey)


def test_hidden_sdedit_starts_of_the_handout(submission, rng):
    """All six starts of the handout's list are right, with and without guidance."""
    pairs = []
    for i_start in I_STARTS:
        setting = StridedSetting(1e-4, 0.02, 300, HANDOUT, i_start)
        pairs.append(two_edits(submission, setting, rng, 4, (12, 12)))
    assert_starts(pairs)
    for i_start in (1, 20):
        setting = StridedSetting(1e-4, 0.02, 300, HANDOUT, i_start)
        for scale in (None, 2.5):
            edits = two_edits(submission, setting, rng, 3, (9, 13), guidance=scale)
            assert_edit_steps(submission, setting, measured(*edits), rng)


def test_hidden_sdedit_a_single_step_and_a_table_that_begins_below_1(submission, rng):
    """The last place of the list but one, and alpha_bar = 0.999 at t = 0."""
    for listed, i_start, clean in (((23, 9, 1, 0), 2, 1.0), ((25, 18, 12, 7, 3, 0), 3, 0.999)):
        setting = StridedSetting(0.005, 0.15, 25, listed, i_start, clean)
        assert_visits(
            setting,
            run_edit(submission, setting, **edit_inputs(rng, setting, 2, (7, 9)))["rows"],
            2,
        )
        edits = two_edits(submission, setting, rng, 3, (9, 13))
        assert_starts([edits])
        assert_edit_steps(submission, setting, measured(*edits), rng)


def test_hidden_sdedit_noise_of_all_seeds(submission, rng):
    """For any seed, the noise of x_0 is new, and independent of that of the steps."""
    setting = StridedSetting.drawn_with(rng, 40, 12, 4)
    one, two = two_edits(submission, setting, rng, 6, (16, 16))
    assert_fresh_noise(one, measured(one, two))


def test_hidden_sdedit_side_effects(submission, rng):
    """Without cond, scale has no effect; cond and arguments are right where steps are left out."""
    setting = StridedSetting.drawn_with(rng, 45, 8, 4)
    inputs = edit_inputs(rng, setting, 3, (8, 5))
    first, second = (
        run_edit(submission, setting, **inputs, scale=scale, seed=3)["x_0"] for scale in (1.0, 6.0)
    )
    gap = float(np.abs(first - second).max())
    expect(gap <= 1e-3, f"without cond, another scale changes the result by up to {gap:.3g}")
    inputs = edit_inputs(rng, setting, 3, (8, 5), 2.5) | {"cond": 1 + rng.permutation(9)[:3]}
    evidence = run_edit(submission, setting, **inputs, seed=3)
    assert_cond_passed(evidence, inputs["cond"])
    expect(np.array_equal(evidence["x_after"], inputs["x_0"]), "x_0 was changed in place")

"""Task hidden_inpaint: other lists, masks and tables."""

import numpy as np
import pytest

from checkkit.runner import expect
from checkkit.runs.image_editing import (
    assert_edit_steps,
    edit_inputs,
    edit_of,
    run_edit,
    two_edits,
)
from checkkit.verdicts.edited import measured
from checkkit.verdicts.pasted import (
    assert_begins_with_noise,
    assert_fresh_known_noise,
    assert_hidden_pixels_idle,
    assert_known_in_result,
    assert_known_pixels,
)
from checkkit.verdicts.seeds import draw_seeds
from checkkit.verdicts.strided import WholeSetting, assert_cond_passed, assert_visits

pytestmark = pytest.mark.task("hidden_inpaint")


def halves(height: int, width: int) -> np.ndarray:
    """A mask (1, 1, height, width) of the right half."""
    mask = np.zeros((1, 1, height, width), np.float32)
    mask[..., width // 2 :] = 1
    return mask


@pytest.mark.parametrize("scale", [None, 2.5], ids=["plain", "guided"])
def test_hidden_inpaint_the_list_of_the_handout(submission, rng, scale):
    """All 33 steps from 297 to 0 by 9 are right, inside the mask and outside."""
    setting = WholeSetting(1e-4, 0.02, 300, (*range(297, 0, -9), 0))
    mask = (rng.uniform(size=(1, 1, 12, 12)) < 0.4).astype(np.float32)
    one, two = two_edits(submission, setting, rng, 6, (12, 12), mask, scale)
    assert_visits(setting, one.run.rows, 6)
    assert_known_pixels(one, two, mask[0, 0] == 0)
    assert_known_in_result(one, mask[0, 0] == 0)


def test_hidden_inpaint_any_list(submission, rng):
    """Lists of two, and single steps, for any N, H and W."""
    for listed in ((11, 0), (17, 16, 15, 4, 0), (24, 9, 8, 7, 6, 5, 1, 0)):
        setting, mask = WholeSetting(0.005, 0.15, 25, listed), halves(9, 14)
        one, two = two_edits(submission, setting, rng, 5, (9, 14), mask)
        assert_visits(setting, one.run.rows, 5)
        assert_known_in_result(one, mask[0, 0] == 0)
        replay = measured(one, two, mask[0, 0] == 1)
        if len(listed) > 2:
            assert_known_pixels(one, two, mask[0, 0] == 0)
            assert_begins_with_noise(replay)
            assert_edit_steps(submission, setting, replay, rng)


def test_hidden_inpaint_a_table_that_begins_below_1(submission, rng):
    """Where alpha_bar is 0.999 at t = 0, the known pixels of the result have no more noise."""
    setting = WholeSetting(0.005, 0.15, 25, (25, 18, 12, 7, 5, 3, 2, 0), clean=0.999)
    mask = halves(12, 12)
    one, two = two_edits(submission, setting, rng, 6, (12, 12), mask)
    assert_known_pixels(one, two, mask[0, 0] == 0)
    assert_known_in_result(one, mask[0, 0] == 0)


def test_hidden_inpaint_masks_of_one_pixel_and_of_all(submission, rng):
    """With one new pixel, all others are those of x_0; with a mask of ones, none is."""
    setting, (state, seed) = WholeSetting.drawn_with(rng, 45, 6, 0), draw_seeds(rng)
    inputs = edit_inputs(rng, setting, 2, (8, 9))
    other = inputs | {"x_0": inputs["x_0"][::-1].copy()}
    pixel, everything = np.zeros((2, 1, 8, 9), np.float32), np.ones((2, 1, 8, 9), np.float32)
    pixel[:, :, 3, 5] = 1
    edit = edit_of(submission, setting, inputs, pixel)
    assert_known_in_result(edit, pixel[:, 0] == 0)
    results = [
        run_edit(submission, setting, **given, mask=everything, state=state, seed=seed)
        for given in (inputs, other)
    ]
    assert_hidden_pixels_idle(*results)


def test_hidden_inpaint_noise_of_all_seeds(submission, rng):
    """In other lists of steps, all noise is new. False-fail rate 1e-6."""
    setting, mask = WholeSetting.drawn_with(rng, 40, 14, 0), halves(16, 16)
    one, two = two_edits(submission, setting, rng, 5, (16, 16), mask)
    assert_fresh_known_noise(one, two, mask[0, 0] == 0)


def test_hidden_inpaint_side_effects(submission, rng):
    """Without cond, scale has no effect; cond is passed on, and arguments stay."""
    setting, mask = WholeSetting.drawn_with(rng, 45, 8, 0), halves(8, 6)
    inputs = edit_inputs(rng, setting, 3, (8, 6))
    first, second = (
        run_edit(submission, setting, **inputs, mask=mask, scale=scale, seed=3)["x_0"]
        for scale in (1.0, 6.0)
    )
    gap = float(np.abs(first - second).max())
    expect(gap <= 1e-3, f"without cond, another scale changes the result by up to {gap:.3g}")
    inputs = edit_inputs(rng, setting, 3, (8, 6), 2.5) | {"cond": 1 + rng.permutation(9)[:3]}
    evidence = run_edit(submission, setting, **inputs, mask=mask, seed=3)
    assert_cond_passed(evidence, inputs["cond"])
    expect(np.array_equal(evidence["x_after"], inputs["x_0"]), "x_0 was changed in place")
    expect(np.array_equal(evidence["mask_after"], mask), "the mask was changed in place")

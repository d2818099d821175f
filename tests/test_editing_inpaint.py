"""Task editing_inpaint: `inpaint` of diffusion/inpainting.py, measured step by step.

A spy takes the model's place; its answers stand for chosen images. Two runs with one seed and
different images x_0 show how much of x_0 is in x.
"""

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
from checkkit.verdicts.seeds import assert_seed_decides, draw_seeds
from checkkit.verdicts.strided import WholeSetting, assert_cond_passed, assert_visits
from checkkit.verdicts.strided_guidance import assert_scales

pytestmark = pytest.mark.task("editing_inpaint")


@pytest.fixture
def setting(rng: np.random.Generator) -> WholeSetting:
    """Ten steps of different lengths on a schedule of T = 45."""
    return WholeSetting.drawn_with(rng, 45, 10, 0)


def half(size: int) -> np.ndarray:
    """A mask (1, 1, size, size) of the lower half."""
    mask = np.zeros((1, 1, size, size), np.float32)
    mask[..., size // 2 :, :] = 1
    return mask


def drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A mask with ones and zeros anywhere."""
    return (rng.uniform(size=shape) < 0.5).astype(np.float32)


def test_known_pixels_have_the_noise_of_the_time_after_each_step(submission, setting, rng):
    """After the step to t', the known pixels are sqrt(ab') x_0 + sqrt(1 - ab') eps, ab' at t'.

    Known are those where the mask is 0. They are pasted after every step: what the model gets at a
    time has the noise of this time everywhere.
    """
    mask = drawn(rng, (1, 1, 16, 16))
    one, two = two_edits(submission, setting, rng, 8, (16, 16), mask)
    assert_known_pixels(one, two, mask[0, 0] == 0)


def test_known_pixels_of_the_result_are_those_of_x_0(submission, setting, rng):
    """After the last step, to alpha_bar = 1, the known pixels are pasted, too: without noise."""
    mask = drawn(rng, (1, 1, 12, 12))
    one, _ = two_edits(submission, setting, rng, 3, (12, 12), mask)
    assert_known_in_result(one, mask[0, 0] == 0)


def test_new_pixels_take_the_steps_of_equation_a4(submission, setting, rng):
    """Where the mask is 1, x goes from step to step as in iterative_denoise_cfg.

    The steps begin with pure noise. Mean and noise of each step are those of equation A4.
    """
    mask = half(16)
    edits = two_edits(submission, setting, rng, 8, (16, 16), mask)
    replay = measured(*edits, mask[0, 0] == 1)
    assert_begins_with_noise(replay)
    assert_edit_steps(submission, setting, replay, rng)


def test_the_model_is_asked_at_each_timestep_of_the_list(submission, setting, rng):
    """A step begins at each of the timesteps but the last, once, and the model gets this t."""
    inputs = edit_inputs(rng, setting, 2, (8, 8))
    assert_visits(setting, run_edit(submission, setting, **inputs, mask=half(8))["rows"], 2)


def test_the_noise_is_new_in_each_step_and_each_paste(submission, rng):
    """Start, steps and known pixels have noise from N(0, I) that is drawn again each time."""
    setting = WholeSetting.drawn_with(rng, 60, 16, 0)
    mask = half(16)
    one, two = two_edits(submission, setting, rng, 4, (16, 16), mask)
    assert_fresh_known_noise(one, two, mask[0, 0] == 0)


def test_pixels_under_the_mask_have_no_effect(submission, setting, rng):
    """Nothing of x_0 where the mask is 1 enters the result: x begins as pure noise there."""
    mask, (state, seed) = drawn(rng, (1, 1, 8, 8)), draw_seeds(rng)
    inputs = edit_inputs(rng, setting, 2, (8, 8))
    other = rng.uniform(-1, 1, size=inputs["x_0"].shape).astype(np.float32)
    results = [
        run_edit(submission, setting, **inputs | {"x_0": x_0}, mask=mask, state=state, seed=seed)
        for x_0 in (inputs["x_0"], np.where(mask == 1, other, inputs["x_0"]))
    ]
    assert_hidden_pixels_idle(*results)


def test_guidance_is_that_of_equation_a6(submission, setting, rng):
    """With cond, eps = eps_uncond + w (eps_cond - eps_uncond), w = scale."""
    mask, replays = half(8), {}
    for scale in (0.0, 1.0, 7.0, float(rng.uniform(1.5, 4))):
        edits = two_edits(submission, setting, rng, 2, (8, 8), mask, scale)
        replays[scale] = measured(*edits, mask[0, 0] == 1)
    assert_scales(replays)


def test_equal_seeds_give_equal_images_and_others_differ(submission, setting, rng):
    """`seed` decides all noise: the same seed gives the same images whatever was drawn before."""
    inputs, mask = edit_inputs(rng, setting, 2, (8, 8)), half(8)

    def edited(state: int, **options) -> np.ndarray:
        evidence = run_edit(submission, setting, **inputs, mask=mask, state=state, **options)
        return np.concatenate([evidence["states"], evidence["x_0"][None]])

    assert_seed_decides(edited, rng)


@pytest.mark.supporting
def test_masks_of_each_image_or_of_all(submission, setting, rng):
    """The mask may be (N, 1, H, W), (1, 1, H, W) or as large as x_0; the result is (N, C, H, W)."""
    for shape in ((3, 1, 6, 9), (1, 1, 6, 9)):
        mask = drawn(rng, shape)
        edit = edit_of(submission, setting, edit_inputs(rng, setting, 3, (6, 9)), mask)
        assert_known_in_result(edit, mask[:, 0] == 0)


@pytest.mark.supporting
def test_cond_is_passed_on_and_none_if_it_is_left_out(submission, setting, rng):
    """In its conditional call the model gets cond as it was given; without cond only None."""
    inputs = edit_inputs(rng, setting, 5, (6, 6), 2.0) | {"cond": 1 + rng.permutation(9)[:5]}
    evidence = run_edit(submission, setting, **inputs, mask=half(6))
    assert_cond_passed(evidence, inputs["cond"])
    inputs = edit_inputs(rng, setting, 5, (6, 6))
    assert_cond_passed(run_edit(submission, setting, **inputs, mask=half(6)), None)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """x_0, the mask and the timesteps are the same afterwards."""
    inputs, mask = edit_inputs(rng, setting, 2, (6, 6)), half(6)
    evidence = run_edit(submission, setting, **inputs, mask=mask)
    expect(np.array_equal(evidence["x_after"], inputs["x_0"]), "x_0 was changed in place")
    expect(np.array_equal(evidence["mask_after"], mask), "the mask was changed in place")
    same = evidence["timesteps_after"].tolist() == [*setting.listed]
    expect(same, "timesteps was changed in place")

"""Task editing_sdedit: `process_image` and `sdedit` of diffusion/image_to_image.py.

A spy takes the model's place; its answers stand for chosen images. Two runs with one seed and
different images x_0 show how much of x_0 is in x.
"""

import numpy as np
import pytest

from checkkit.runner import expect
from checkkit.runs.image_editing import assert_edit_steps, edit_inputs, run_edit, two_edits
from checkkit.runs.pictures import a_ramp, assert_picture, process
from checkkit.verdicts.edited import measured
from checkkit.verdicts.seeds import assert_seed_decides, draw_seeds
from checkkit.verdicts.starts import assert_fresh_noise, assert_starts
from checkkit.verdicts.strided import StridedSetting, assert_cond_passed, assert_visits
from checkkit.verdicts.strided_guidance import assert_scales

pytestmark = pytest.mark.task("editing_sdedit")


def strided(rng: np.random.Generator, i_start: int) -> StridedSetting:
    """Ten steps of different lengths on a schedule of T = 45, the first `i_start` left out."""
    return StridedSetting.drawn_with(rng, 45, 10, i_start)


def test_the_middle_of_a_picture_becomes_a_square(submission, rng):
    """The shorter side becomes `size`; of the longer one, the middle stays. Nothing is squeezed.

    Wide and high pictures, larger and smaller than the result.
    """
    for height, width in ((60, 100), (90, 45), (15, 22)):
        picture = a_ramp(rng, height, width)
        size = int(rng.integers(24, 33))
        assert_picture(picture, process(submission, picture, "array", size), size)


def test_values_are_those_of_the_model(submission, rng):
    """Black becomes -1 and white 1, in float32. With channels=1, pictures become grey."""
    for mode, channels in (("RGB", 3), ("RGB", 1), ("L", 1), ("array", 1)):
        picture = a_ramp(rng, 40, 56)
        have = process(submission, picture, mode, 32, channels=channels)
        assert_picture(picture, have, 32, grey=channels == 1 or mode == "L")


def test_invert_exchanges_dark_and_bright(submission, rng):
    """With invert=True, black becomes 1 and white -1; by default nothing is inverted."""
    picture = a_ramp(rng, 40, 56)
    for channels in (1, 3):
        have = process(submission, picture, "RGB", 28, channels=channels, invert=True)
        assert_picture(picture, have, 28, grey=channels == 1, invert=True)


def test_x_0_gets_the_noise_of_timesteps_of_i_start(submission, rng):
    """The first x is sqrt(ab) x_0 + sqrt(1 - ab) eps, with ab at t = timesteps[i_start].

    A small i_start adds much noise, a large one little.
    """
    listed, pairs = strided(rng, 0), []
    for i_start in range(7):
        setting = StridedSetting(
            listed.beta_1, listed.beta_T, listed.num_ts, listed.listed, i_start
        )
        pairs.append(two_edits(submission, setting, rng, 4, (12, 12)))
    assert_starts(pairs)


def test_the_steps_begin_at_timesteps_of_i_start(submission, rng):
    """A step begins at each of the timesteps from i_start on but the last."""
    for i_start in (1, 3):
        setting = strided(rng, i_start)
        inputs = edit_inputs(rng, setting, 2, (8, 8))
        assert_visits(setting, run_edit(submission, setting, **inputs)["rows"], 2)


def test_the_steps_are_those_of_equation_a4(submission, rng):
    """From the noisy x_0 on, x goes from step to step as in iterative_denoise_cfg."""
    setting = strided(rng, 2)
    edits = two_edits(submission, setting, rng, 6, (14, 14))
    assert_edit_steps(submission, setting, measured(*edits), rng)


def test_the_noise_of_x_0_and_of_each_step_is_new(submission, rng):
    """All noise is from N(0, I), and drawn again each time.

    Two generators with the same seed give the same noise.
    """
    one, two = two_edits(submission, StridedSetting.drawn_with(rng, 60, 20, 2), rng, 4, (16, 16))
    assert_fresh_noise(one, measured(one, two))


def test_guidance_is_that_of_equation_a6(submission, rng):
    """With cond, eps = eps_uncond + w (eps_cond - eps_uncond), w = scale."""
    setting = strided(rng, 3)
    scales = 0.0, 1.0, 7.0, float(rng.uniform(1.5, 4))
    assert_scales(
        {w: measured(*two_edits(submission, setting, rng, 2, (8, 8), guidance=w)) for w in scales}
    )


def test_equal_seeds_give_equal_images_and_others_differ(submission, rng):
    """`seed` decides all noise: the same seed gives the same images whatever was drawn before."""
    setting = strided(rng, 2)
    inputs = edit_inputs(rng, setting, 2, (8, 8))

    def edited(state: int, **options) -> np.ndarray:
        evidence = run_edit(submission, setting, **inputs, state=state, **options)
        return np.concatenate([evidence["states"], evidence["x_0"][None]])

    assert_seed_decides(edited, rng)


@pytest.mark.supporting
def test_cond_is_passed_on_and_none_if_it_is_left_out(submission, rng):
    """In its conditional call the model gets cond as it was given; without cond only None."""
    setting = strided(rng, 1)
    inputs = edit_inputs(rng, setting, 5, (6, 6), 2.0) | {"cond": 1 + rng.permutation(9)[:5]}
    assert_cond_passed(run_edit(submission, setting, **inputs), inputs["cond"])
    inputs = edit_inputs(rng, setting, 5, (6, 6))
    assert_cond_passed(run_edit(submission, setting, **inputs), None)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, rng):
    """x_0 and the timesteps are the same afterwards, for any N, H and W."""
    for count, img_hw in ((1, (6, 6)), (3, (6, 9))):
        setting, (state, seed) = strided(rng, 2), draw_seeds(rng)
        inputs = edit_inputs(rng, setting, count, img_hw)
        evidence = run_edit(submission, setting, **inputs, state=state, seed=seed)
        expect(np.array_equal(evidence["x_after"], inputs["x_0"]), "x_0 was changed in place")
        same = evidence["timesteps_after"].tolist() == [*setting.listed]
        expect(same, "timesteps was changed in place")

"""Task edm_sample: `edm_sigmas` and `edm_sample` of diffusion/edm.py, measured step by step.

A spy takes the net's place; its answers stand for chosen estimates D of x_0. Nothing is random
after the start, so that each step can be compared with equations 23 and 24.
"""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.edm import DATA, judged_sampler, run_edm_sampler, run_sigmas
from checkkit.verdicts.edm_factors import assert_levels
from checkkit.verdicts.edm_sampling import (
    EdmSetting,
    assert_calls,
    assert_edm_caches,
    assert_edm_start,
    assert_heun_steps,
    edm_images,
)
from checkkit.verdicts.seeds import assert_seed_decides
from checkkit.verdicts.side_effects import assert_inference_mode

pytestmark = pytest.mark.task("edm_sample")


@pytest.fixture
def setting(rng: np.random.Generator) -> EdmSetting:
    """Six steps of different lengths."""
    return EdmSetting.drawn(rng, 6, DATA)


def test_sigmas_are_those_of_equation_22(submission, rng):
    """edm_sigmas(n, sigma_min, sigma_max, rho) has n levels from sigma_max to sigma_min, then 0.

    sigma_i = (sigma_max^(1/rho) + i / (n - 1) (sigma_min^(1/rho) - sigma_max^(1/rho)))^rho.
    """
    for n in (9, 14):
        low, high, rho = rng.uniform((0.01, 5, 2), (0.1, 50, 6)).tolist()
        asked = f"edm_sigmas({n}, {low:.4g}, {high:.4g}, {rho:.4g})"
        measured = run_sigmas(submission, n, low, high, rho)
        assert_levels(measured, n, low, high, rho, asked)


def test_sigmas_go_from_80_to_0_002_by_default(submission):
    """edm_sigmas(18) goes from 80 down to 0.002 with rho = 7, and then to 0."""
    assert_levels(run_sigmas(submission, 18), 18, 0.002, 80.0, 7.0, "edm_sigmas(18)")


def test_the_net_is_called_at_each_level_and_told_c_noise(submission, setting, rng):
    """The net is called twice in each step, but once in the step to 0, and told c_noise.

    That is 2n - 1 calls. The second one of a step is at the next level; at 0 there is none.
    """
    judged_sampler(submission, rng, setting, 2, (8, 8), assert_calls)


def test_sampling_starts_from_noise_of_the_first_level(submission, rng):
    """x starts as sigmas[0] times normal noise, different for each image."""
    setting = EdmSetting.drawn(rng, 3, DATA, first=(0.4, 0.6))
    judged_sampler(submission, rng, setting, 48, (14, 14), assert_edm_start)


def test_each_step_is_one_of_heuns_method(submission, setting, rng):
    """x' is one Euler step away, and x goes by the mean of both slopes (equations 23 and 24).

    The last step, to 0, is an Euler step alone. Nothing is random after the start.
    """
    judged_sampler(submission, rng, setting, 3, (12, 12), assert_heun_steps)


def test_sigma_data_is_that_of_the_argument(submission, rng):
    """With another sigma_data, D is that of this one in each call."""
    setting = EdmSetting.drawn(rng, 5, float(rng.uniform(0.6, 0.9)))
    judged_sampler(submission, rng, setting, 3, (12, 12), assert_heun_steps)


def test_equal_seeds_give_equal_samples_and_others_differ(submission, setting, rng):
    """`seed` decides the samples: the same seed gives the same images whatever was drawn before.

    Seed a `torch.Generator` and draw with `generator=`, or call `torch.manual_seed` at the start.
    """
    images = edm_images(rng, setting, 2, (8, 8))

    def sampled(state: int, **options) -> np.ndarray:
        return run_edm_sampler(submission, setting, images, state=state, **options)["inputs"]

    assert_seed_decides(sampled, rng)


def test_caches_hold_the_states_on_the_way(submission, setting, rng):
    """The caches hold x after each step of the same run, the last of them x_0."""
    judged_sampler(submission, rng, setting, 3, (8, 8), assert_edm_caches)


@pytest.mark.supporting
def test_as_many_images_as_asked_of_the_size_asked(submission, rng):
    """x_0 is (N, 1, H, W) and caches (N, n, 1, H, W), for any N, H and W."""
    for count, img_hw, n in ((1, (6, 6), 2), (3, (6, 9), 4)):
        setting = EdmSetting.drawn(rng, n, DATA)
        judged_sampler(submission, rng, setting, count, img_hw, assert_edm_caches)


@pytest.mark.supporting
def test_the_net_is_in_eval_mode_and_no_gradients_are_tracked(submission, setting, rng):
    """The sampler calls `unet.eval()` and tracks no gradients."""
    assert_inference_mode(judged_sampler(submission, rng, setting, 2, (8, 8)))


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, setting, rng):
    """The levels are the same after sampling, and the net gets float32."""
    evidence = judged_sampler(submission, rng, setting, 2, (8, 8))
    assert np.array_equal(evidence["sigmas_after"], setting.levels), "sigmas was changed in place"
    assert evidence["calls_in_double"] == 0, "the net received float64 images, expected float32"


@pytest.mark.supporting
def test_everything_stays_on_the_device_of_the_net(submission, setting):
    """Samples are drawn on the device of the net's weights; the net itself is not moved."""
    arguments = setting.levels.astype(np.float32), 2, (6, 6)
    assert_stays_on_device(submission, "edm.edm_sample", None, arguments, "unet")

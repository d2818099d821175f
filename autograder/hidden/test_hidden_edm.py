"""Task hidden_edm: EDM with other levels, sizes, seeds and sigma_data."""

import numpy as np
import pytest

from checkkit import oracles
from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.edm import (
    DATA,
    edm_loss_of,
    judged_sampler,
    run_precondition,
    run_sigmas,
)
from checkkit.verdicts.edm_factors import assert_factors, assert_levels
from checkkit.verdicts.edm_loss import assert_levels_normal, assert_whole_loss
from checkkit.verdicts.edm_sampling import (
    EdmSetting,
    assert_calls,
    assert_edm_caches,
    assert_edm_start,
    assert_edm_starts_differ,
    assert_heun_steps,
)
from checkkit.verdicts.settings import clean_images
from checkkit.verdicts.side_effects import assert_inference_mode

pytestmark = pytest.mark.task("hidden_edm")


def test_hidden_edm_factors_at_any_level(submission, rng):
    """One level or a thousand, from 0.001 to 1000, at any sigma_data."""
    for count, data in ((1, 1.0), (1000, float(rng.uniform(0.1, 0.3)))):
        sigma = np.exp(rng.uniform(np.log(1e-3), np.log(1e3), size=count)).astype(np.float32)
        evidence = run_precondition(submission, sigma, sigma_data=data)
        assert_factors(evidence, sigma, data, f", sigma_data={data:.4g}")


def test_hidden_edm_any_number_of_levels(submission, rng):
    """Two levels, forty, evenly spaced ones, and levels far apart."""
    for n, low, high, rho in (
        (2, 0.002, 80.0, 7.0), (40, 0.02, 3.0, 7.0), (6, 1.0, 11.0, 1.0), (11, 1e-3, 200.0, 3.0),
    ):  # fmt: skip
        asked = f"edm_sigmas({n}, {low:g}, {high:g}, {rho:g})"
        assert_levels(run_sigmas(submission, n, low, high, rho), n, low, high, rho, asked)


def test_hidden_edm_loss_of_any_batch(submission, rng):
    """One large image, a high one, and sigma_data and p_mean of another course."""
    for size, options in (
        ((1, 40, 40), {}), ((7, 9, 30), {"sigma_data": 0.5}),
        ((7, 7, 7), {"sigma_data": 1.0, "p_mean": 0.3, "p_std": 0.5}),
    ):  # fmt: skip
        x_0, state = clean_images(rng, *size), int(rng.integers(2**31))
        edm_loss_of(submission, x_0, assert_whole_loss, state=state, **options)


def test_hidden_edm_levels_of_a_narrow_range(submission, rng):
    """ln(sigma) is normal for a small p_std, too, and for one above 2; false-fail rate 8e-7."""
    for mean, std in ((-2.0, 0.1), (0.0, 2.2)):

        def verdict(loss, mean=mean, std=std):
            assert_levels_normal(loss, mean, std)

        x_0, state = clean_images(rng, 2048, 2, 2), int(rng.integers(2**31))
        edm_loss_of(submission, x_0, verdict, state=state, p_mean=mean, p_std=std)


def test_hidden_edm_the_usual_levels(submission, rng):
    """The 18 levels from 80 to 0.002, in 35 calls of the net."""
    setting = EdmSetting(
        oracles.edm_sigmas(18, 0.002, 80.0, 7.0).astype(np.float32).astype(np.float64), DATA
    )
    verdicts = assert_calls, assert_edm_start, assert_heun_steps, assert_edm_caches
    judged_sampler(submission, rng, setting, 4, (12, 12), *verdicts)


def test_hidden_edm_any_number_of_steps(submission, rng):
    """One step, two or twelve, for any N, H, W and sigma_data."""
    for n, count, img_hw, data in (
        (1, 4, (9, 6), DATA), (2, 1, (13, 12), 0.5), (12, 5, (6, 11), 1.0)
    ):  # fmt: skip
        setting = EdmSetting.drawn(rng, n, data)
        verdicts = assert_calls, assert_heun_steps, assert_edm_caches
        judged_sampler(submission, rng, setting, count, img_hw, *verdicts)


def test_hidden_edm_different_seeds_share_no_noise(submission, rng):
    """The noise of one seed is independent of another seed's; false-fail rate 1e-6."""
    setting = EdmSetting.drawn(rng, 2, DATA)
    runs = [judged_sampler(submission, rng, setting, 4, (12, 12)) for _ in range(4)]
    assert_edm_starts_differ(setting, runs)


@pytest.mark.supporting
def test_hidden_edm_side_effects(submission, rng):
    """Mode, gradients, levels and the device are right for one step, too."""
    setting = EdmSetting.drawn(rng, 1, DATA)
    evidence = judged_sampler(submission, rng, setting, 2, (8, 5))
    assert_inference_mode(evidence)
    assert np.array_equal(evidence["sigmas_after"], setting.levels), "sigmas was changed in place"
    assert_stays_on_device(
        submission, "edm.edm_sample", None, (np.array([3, 0], np.float32), 2, (5, 8)), "unet"
    )

"""Task edm_precondition: `edm_precondition` of diffusion/edm.py."""

import numpy as np
import pytest

from checkkit.runs.devices import assert_stays_on_device
from checkkit.runs.edm import DATA, run_precondition
from checkkit.verdicts.edm_factors import assert_factors

pytestmark = pytest.mark.task("edm_precondition")


@pytest.fixture
def sigma(rng: np.random.Generator) -> np.ndarray:
    """12 levels from 0.01 to 60, in random order."""
    return rng.permutation(np.exp(np.linspace(np.log(0.01), np.log(60), 12))).astype(np.float32)


def test_each_of_the_four_factors_is_right(submission, sigma, rng):
    """Each of the four factors is that of equation 20, in this order.

    c_skip = sigma_data^2 / (sigma^2 + sigma_data^2), c_out = sigma sigma_data / sqrt(the same),
    c_in = 1 / sqrt(the same), c_noise = ln(sigma) / 4.
    """
    data = float(rng.uniform(0.6, 0.9))
    evidence = run_precondition(submission, sigma, sigma_data=data)
    assert_factors(evidence, sigma, data, f", sigma_data={data:.4g}")


def test_sigma_data_is_that_of_digits_by_default(submission, sigma):
    """Without sigma_data, it is 0.34: the root mean square of a pixel in [0, 1]."""
    assert_factors(run_precondition(submission, sigma), sigma, DATA)


@pytest.mark.supporting
def test_sigma_is_left_unchanged_and_keeps_its_device(submission, sigma):
    """sigma is the same afterwards, and the factors are on its device."""
    assert not run_precondition(submission, sigma)["sigma_change"].any(), "sigma was changed"
    assert_stays_on_device(submission, "edm.edm_precondition", None, (sigma,), "sigma")

"""Verdicts on EDM's factors and noise levels."""

from collections.abc import Mapping

import numpy as np

from .. import oracles
from ..mistakes.edm import FACTORS, default_mistake, factor_mistake, levels_mistake
from ..runner import CheckFailed, expect
from ..runner.outcomes import Blocked

Array = np.ndarray
ROUNDING = 1e-4  # relative; float32 gives 1e-6
PRECONDITION = "Each of the four factors is that of equation 20, in this order."


def factor_errors(factors: Array, sigma: Array, sigma_data: float) -> Array:
    """(4, K) errors of the factors; those of c_noise are absolute, for it may be 0."""
    right = oracles.edm_factors(sigma, sigma_data)
    size = np.abs(right)
    size[3] = np.maximum(size[3], 1)
    return np.nan_to_num(np.abs(factors - right) / size, nan=np.inf)


def assert_factors(
    evidence: Mapping[str, Array], sigma: Array, sigma_data: float, asked: str = ""
) -> None:
    """The four factors are right at (K,) levels.

    Args:
        evidence: each (K,), by name.
        asked: the argument sigma_data in words, if it is there.
    """
    s = sigma.astype(np.float64)
    factors = np.stack([evidence[name].astype(np.float64) for name in FACTORS])
    errors = factor_errors(factors, s, sigma_data)
    for row, name in enumerate(FACTORS):
        k = int(np.argmax(errors[row]))
        if not errors[row, k] <= ROUNDING:
            right = oracles.edm_factors(s, sigma_data)[row, k]
            mistake = factor_mistake(name, factors[row], s, sigma_data)
            if not asked:
                mistake = default_mistake(factors, s) or mistake
            raise CheckFailed(
                f"at sigma={s[k]:.4g}{asked}, {name} is {factors[row, k]:.5g}, equation 20 gives "
                f"{right:.5g}",
                mistake,
            )


def wait_for_factors(own: Array, sigma: Array, sigma_data: float) -> None:
    """What fails where the submission's own factors (4, K) are wrong waits for them.

    Raises:
        Blocked: they are wrong. Factors that are NaN have errors of their own.
    """
    if np.isfinite(own).all() and factor_errors(own, sigma, sigma_data).max() > ROUNDING:
        raise Blocked(PRECONDITION, "Your edm_precondition returns other factors")


def assert_levels(
    measured: Array, n: int, sigma_min: float, sigma_max: float, rho: float, asked: str
) -> None:
    """`edm_sigmas` returned the levels of equation 22 and 0; `asked` is the call in words."""
    right = oracles.edm_sigmas(n, sigma_min, sigma_max, rho)
    measured = measured.astype(np.float64)
    mistake = levels_mistake(measured, n, sigma_min, sigma_max, rho)
    if len(measured) != n + 1:
        raise CheckFailed(f"{asked} has {len(measured)} entries, expected {n + 1}", mistake)
    off = ~(np.abs(measured - right) <= ROUNDING * right)
    if off.any():
        i = int(np.argmax(off))
        raise CheckFailed(
            f"entry {i} of {asked} is {measured[i]:.5g}, expected {right[i]:.5g}; "
            f"{off.sum()} of {n + 1} entries differ",
            mistake,
        )
    expect(measured[-1] == 0, f"the last entry of {asked} is {measured[-1]:.3g}, expected 0")

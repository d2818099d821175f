"""Verdicts on Fréchet distances."""

from collections.abc import Callable, Sequence

import numpy as np

from ..mistakes.frechet import fid_mistake, frechet_mistake, gaussian
from ..runner import CheckFailed
from ..runner.outcomes import Blocked

Array = np.ndarray
Factors = tuple[Array, Array]  # mean (F,) and any L (F, R): the covariance is L L^T
ROUNDING = 1e-5  # of the traces and squares that enter a distance
SAME_OWN = 1e-7  # of the same
GAUSSIANS = (
    "|mu_1 - mu_2|^2 + tr(A + B - 2 (A B)^(1/2)), for covariances A and B that do not commute."
)
RANKS = "Eigenvalues of 0 give neither NaN nor a complex number, and no large error."
SAME = 1e-6  # of the trace: the distance of a set from itself


def expected_distance(one: Factors, two: Factors) -> tuple[float, float]:
    """The squared Fréchet distance, and what rounding is relative to.

    tr (A B)^(1/2) is the sum of the singular values of L_1^T L_2, whatever the rank.
    """
    (mu_1, l_1), (mu_2, l_2) = one, two
    cross = np.linalg.svd(l_1.T @ l_2, compute_uv=False).sum()
    parts = np.sum((mu_1 - mu_2) ** 2) + np.sum(l_1**2) + np.sum(l_2**2)
    return parts - 2 * cross, parts


def factors(features: Array, ddof: int) -> Factors:
    """Mean and factor of the covariance of features (N, F)."""
    x = features.astype(np.float64)
    centred = (x - x.mean(0)) / np.sqrt(len(x) - ddof)
    return x.mean(0), np.asarray(np.linalg.qr(centred, mode="r")).T


def assert_frechet(
    measured: Array, pairs: Sequence[Sequence[Factors]], rounding: float = ROUNDING
) -> None:
    """`frechet_distance` of each pair of Gaussians is right."""
    right, scale = np.array([expected_distance(*pair) for pair in pairs]).T
    gaussians = [tuple((mu, low @ low.T) for mu, low in pair) for pair in pairs]
    for n in np.flatnonzero(~(np.abs(measured - right) <= rounding * scale))[:1]:
        raise CheckFailed(
            f"frechet_distance of Gaussians with {len(pairs[n][0][0])} features is "
            f"{measured[n]:.6g}, expected {right[n]:.6g}",
            frechet_mistake(measured, gaussians, right),
        )


def assert_fid(
    measured: Array, sets: Sequence[Sequence[Array]], own: Callable[[Sequence], Array]
) -> None:
    """`fid` of each pair of sets is right for covariances over N, or for those over N - 1.

    Args:
        own: the submission's `frechet_distance` of several Gaussians.

    Raises:
        Blocked: `frechet_distance` is wrong, and `fid` is what it makes of the right Gaussians.
    """
    both = [
        np.array([expected_distance(*(factors(x, ddof) for x in pair)) for pair in sets]).T
        for ddof in (1, 0)
    ]
    wrong = [~(np.abs(measured - right) <= ROUNDING * scale) for right, scale in both]
    if all(each.any() for each in wrong):
        n = int(np.argmax(wrong[0] & wrong[1])) if (wrong[0] & wrong[1]).any() else 0
        (a, b), right = sets[n], both[0][0]
        doubles = [(a.astype(np.float64), b.astype(np.float64)) for a, b in sets]
        for ddof, (_, scale) in zip((1, 0), both, strict=True):
            gaussians = [tuple(gaussian(x, ddof) for x in pair) for pair in doubles]
            theirs = own([[*one, *two] for one, two in gaussians])
            if np.allclose(theirs / scale, measured / scale, 0, SAME_OWN, equal_nan=True):
                full = all(len(x) > x.shape[1] for x in sets[n])
                why = "fid is what frechet_distance gives for the right means and covariances"
                raise Blocked(GAUSSIANS if full else RANKS, why)
        raise CheckFailed(
            f"fid of features {a.shape} and {b.shape} is {measured[n]:.6g}, expected "
            f"{right[n]:.6g} (covariances over N - 1), or {both[1][0][n]:.6g} (over N)",
            fid_mistake(measured, doubles, right),
        )


def assert_zero(measured: Array, sets: Sequence[Sequence[Array]]) -> None:
    """`fid` of equal sets is 0, up to rounding."""
    for value, (a, _) in zip(measured, sets, strict=True):
        trace = a.astype(np.float64).var(0).sum()
        if not abs(value) <= SAME * trace:
            raise CheckFailed(
                f"fid of features {a.shape} with themselves is {value:.3g}, expected 0"
            )

"""Task fid: `frechet_distance` and `fid` of diffusion/metrics.py.

The expected distances are closed forms: with A = L_1 L_1^T and B = L_2 L_2^T, the trace of the root
of A B is the sum of the singular values of L_1^T L_2.
"""

import numpy as np
import pytest

from checkkit import DATA
from checkkit.classifier import features
from checkkit.runs.frechet import (
    check_fid,
    drawn_features,
    drawn_gaussian,
    gaussian_arguments,
    run_distances,
)
from checkkit.verdicts.frechet import assert_frechet, assert_zero

pytestmark = pytest.mark.task("fid")


def test_frechet_distance_of_gaussians_with_any_covariance(submission, rng):
    """|mu_1 - mu_2|^2 + tr(A + B - 2 (A B)^(1/2)), for covariances A and B that do not commute.

    (A B)^(1/2) is the root of a matrix, not of its entries. Its trace is the sum of the roots of
    the eigenvalues of A B.
    """
    pairs = [[drawn_gaussian(rng, size) for _ in range(2)] for size in (2, 3, 4, 5, 6, 8, 12, 16)]
    cases = [gaussian_arguments(one, two) for one, two in pairs]
    assert_frechet(run_distances(submission, "frechet_distance", cases)[0], pairs)


def test_covariances_may_have_any_rank(submission, rng):
    """Eigenvalues of 0 give neither NaN nor a complex number, and no large error.

    With fewer images than features, covariances have no full rank. Rounding makes eigenvalues of 0
    slightly negative; count these as 0.
    """
    ranks = (1, 1), (1, 4), (3, 3), (2, 7), (4, 8), (8, 8)
    pairs = [[drawn_gaussian(rng, 8, rank) for rank in both] for both in ranks]
    cases = [gaussian_arguments(one, two) for one, two in pairs]
    assert_frechet(run_distances(submission, "frechet_distance", cases)[0], pairs)


def test_fid_of_two_sets_of_features(submission, rng):
    """The Fréchet distance of mean and covariance of each set, of N and M rows.

    A row is an image, a column a feature: `torch.cov` wants them the other way round. Make them
    float64 first. Covariances may be over N or over N - 1, the same in both sets.
    """
    sizes = (40, 60, 3), (90, 50, 4), (70, 70, 5), (64, 128, 6), (100, 99, 8), (80, 200, 12)
    sizes = *sizes, (10, 90, 30)  # here, what float32 loses is large
    sets = [[drawn_features(rng, n, size) for n in (N, M)] for N, M, size in sizes]
    check_fid(submission, sets)


def test_fid_of_the_features_of_digits(submission, rng):
    """Features of the small classifier: digits, and the same with noise."""
    with np.load(DATA / "mnist_subset.npz", allow_pickle=False) as arrays:
        images = rng.permutation(arrays["test_images"])[:250] / np.float32(255)
    noisy = images + 0.3 * rng.standard_normal(images.shape, dtype=np.float32)
    pairs = (images[:120], images[120:]), (images[:100], noisy[100:])
    sets = [[features(x).astype(np.float32) for x in pair] for pair in pairs]
    check_fid(submission, sets)


@pytest.mark.supporting
def test_a_set_is_at_distance_0_from_itself(submission, rng):
    """Equal sets, and the same rows in another order, have the distance 0."""
    a, b = drawn_features(rng, 50, 6), drawn_features(rng, 12, 20)
    cases = [(a, a), (b, b), (a, rng.permutation(a)), (b, rng.permutation(b))]
    assert_zero(run_distances(submission, "fid", cases)[0], cases)


@pytest.mark.supporting
def test_arguments_are_left_unchanged(submission, rng):
    """Means, covariances and features are the same afterwards."""
    gaussians = gaussian_arguments(drawn_gaussian(rng, 4), drawn_gaussian(rng, 4))
    sets = drawn_features(rng, 20, 4), drawn_features(rng, 30, 4)
    for function, case in (("frechet_distance", gaussians), ("fid", sets)):
        changed = run_distances(submission, function, [case])[1]
        assert not changed.any(), f"{function} changes an argument in place"

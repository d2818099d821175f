"""The trusted classifier and its distances: against closed forms, and on real and forged digits."""

import numpy as np
import pytest

from autograder.validation.digits.forgeries import FORGERIES, draw
from checkkit.classifier import (
    WEIGHTS,
    accuracy,
    class_deviation,
    features,
    frechet_distance,
    judge_samples,
    load_classifier,
    nearest_distance,
    recognised,
)
from checkkit.runs.digits import CPU, GPU, REQUESTED, assess, complaints, subset
from checkkit.runs.digits_flow import FLOW

UNDONE_BY = {
    "pasted": "nearly equal",
    "pasted_and_shifted": "nearly equal",
    "pasted_with_noise": "nearly equal",
    "pasted_with_much_noise": "do not look like",
    "bent": "shifted or bent",
    "bent_more": "shifted or bent",
    "bent_finely": "shifted or bent",
    "one_digit_a_class": "too much alike",
    "class_means": "too much alike",
    "classes_swapped": "recognised as the class",
    "noise": "do not look like",
}


def test_the_weights_are_small_and_the_net_has_33k_parameters():
    assert WEIGHTS.stat().st_size < 200_000
    assert 30_000 < sum(w.numel() for w in load_classifier().parameters()) < 36_000


def test_it_recognises_the_test_digits():
    images, labels = subset("test")
    assert accuracy(images.astype(np.float32) / 255, labels) >= 0.99


def test_accuracy_counts_the_requested_class_and_nothing_else():
    images = draw("test", np.random.default_rng(0))
    read = recognised(images)
    assert accuracy(images, read) == 1
    assert accuracy(images, (read + 1) % 10) == 0
    assert accuracy(images, np.where(np.arange(100) < 25, read, (read + 1) % 10)) == 0.25


def test_features_do_not_depend_on_the_rest_of_the_batch():
    images = draw("test", np.random.default_rng(1))
    assert np.abs(features(images[:3]) - features(images)[:3]).max() <= 1e-5


def exactly(mean, cov, n, rng):
    """n points whose sample mean and covariance are these."""
    x = rng.standard_normal((n, len(mean)))
    x -= x.mean(0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return x @ np.linalg.cholesky(cov).T + mean


def test_frechet_distance_of_gaussians_with_diagonal_covariances():
    rng = np.random.default_rng(0)
    means, variances = rng.standard_normal((2, 6)), rng.uniform(0.1, 3, (2, 6))
    a, b = (exactly(m, np.diag(v), 500, rng) for m, v in zip(means, variances, strict=True))
    expected = np.sum((means[0] - means[1]) ** 2) + np.sum(np.diff(np.sqrt(variances), axis=0) ** 2)
    assert abs(frechet_distance(a, b) - expected) <= 1e-9


def test_frechet_distance_of_gaussians_whose_covariances_do_not_commute():
    rng = np.random.default_rng(1)
    cov_a, cov_b = np.array([[2.0, 0.9], [0.9, 1.0]]), np.array([[1.0, -0.6], [-0.6, 3.0]])
    a, b = exactly([0, 0], cov_a, 300, rng), exactly([1, -2], cov_b, 400, rng)
    # The eigenvalues l, m of A B are positive, and (sqrt l + sqrt m)^2 = tr + 2 sqrt det.
    product = cov_a @ cov_b
    cross = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    expected = 5 + np.trace(cov_a) + np.trace(cov_b) - 2 * cross
    assert abs(frechet_distance(a, b) - expected) <= 1e-9
    assert abs(frechet_distance(b, a) - expected) <= 1e-9


def test_frechet_distance_survives_fewer_points_than_features():
    few = np.random.default_rng(2).standard_normal((10, 64))
    assert abs(frechet_distance(few, few)) <= 1e-6
    assert abs(frechet_distance(few, few + 0.5) - 64 * 0.25) <= 1e-6


def test_deviation_is_taken_within_a_class():
    images = np.zeros((4, 28, 28), np.float32)
    images[2:] = 1
    assert class_deviation(images, np.array([0, 0, 1, 1])) == 0
    assert class_deviation(images, np.array([0, 1, 0, 1])) == 0.5


def test_the_nearest_distance_is_that_of_brute_force_over_shifts():
    rng = np.random.default_rng(3)
    images, references = rng.random((2, 4, 28, 28), dtype=np.float32)
    references[1] = np.roll(images[2], (1, -1), (0, 1))
    shifts = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    expected = [
        min(np.sqrt(np.mean((np.roll(x, s, (0, 1)) - r) ** 2)) for s in shifts for r in references)
        for x in images
    ]
    found = nearest_distance(images, references)
    assert np.abs(found - expected).max() <= 1e-3
    assert found[2] <= 1e-3 < 0.1 < nearest_distance(images, references, max_shift=0)[2]


def test_real_test_digits_satisfy_every_limit_but_that_of_bent_copies():
    for seed in range(3):
        quality = assess(draw("test", np.random.default_rng(seed)), GPU)
        assert quality.bent is None  # a better net than the CPU tier's draws as real digits are
        for tier in (CPU, GPU, FLOW):
            assert complaints(quality, tier.limits) == []


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_digits_are_turned_down(forgery):
    tier = CPU if forgery.startswith("bent") else GPU  # which counts no bent copies, to be fast
    quality = assess(FORGERIES[forgery](np.random.default_rng(7)), tier)
    for limits in (tier.limits, FLOW.limits):
        found = complaints(quality, limits)
        assert any(UNDONE_BY[forgery] in complaint for complaint in found), found


def test_values_outside_the_range_are_clipped_and_figures_that_are_no_numbers_fail():
    images = draw("test", np.random.default_rng(5))
    real, training = features(images[:50]), images[50:]
    wild = np.where(images > 0.5, 1e30, images).astype(np.float32)
    tame = np.where(images > 0.5, 1, images).astype(np.float32)
    assert judge_samples(wild, REQUESTED, real, training) == judge_samples(
        tame, REQUESTED, real, training
    )
    nowhere = type(CPU.limits)(*[float("nan")] * 5)
    assert len(complaints(nowhere, CPU.limits)) == 5

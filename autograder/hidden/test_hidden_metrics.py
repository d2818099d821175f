"""Task hidden_metrics: Fréchet distances and copies, with other sizes, means and shapes."""

import numpy as np
import pytest

from checkkit.runs.frechet import (
    check_fid,
    drawn_features,
    drawn_gaussian,
    gaussian_arguments,
    run_distances,
)
from checkkit.runs.memorization import planted, run_memorization
from checkkit.verdicts.frechet import assert_frechet, assert_zero
from checkkit.verdicts.memorization import assert_nearest, assert_nearest_distances, assert_shares

pytestmark = pytest.mark.task("hidden_metrics")


def test_hidden_metrics_frechet_closed_forms(submission, rng):
    """One feature, equal means, equal covariances, common axes, and float32 arguments."""
    mu, low = drawn_gaussian(rng, 5)
    axes = np.linalg.qr(rng.standard_normal((7, 7)))[0]
    scaled = [(rng.standard_normal(7), axes * rng.uniform(0.1, 3, 7)) for _ in range(2)]
    pairs = [
        [drawn_gaussian(rng, 1), drawn_gaussian(rng, 1)],
        [(mu, low), (mu, 2 * low)],
        [(mu, low), (mu + 3, low)],
        [(mu, low), (mu, 0 * low)],
        scaled,
        [drawn_gaussian(rng, 64), drawn_gaussian(rng, 64, 20)],
    ]
    cases = [gaussian_arguments(one, two) for one, two in pairs]
    assert_frechet(run_distances(submission, "frechet_distance", cases)[0], pairs)
    cases = [gaussian_arguments(*pair, dtype="float32") for pair in pairs]
    measured, _ = run_distances(submission, "frechet_distance", cases)
    assert_frechet(measured, pairs, 1e-3)


def test_hidden_metrics_frechet_is_symmetric_and_knows_no_axes(submission, rng):
    """Exchanged arguments, and a common rotation, change nothing."""
    pairs = [
        [drawn_gaussian(rng, 10, rank) for rank in both] for both in ((12, 12), (3, 12), (4, 5))
    ]
    turned = np.linalg.qr(rng.standard_normal((10, 10)))[0]
    pairs += [pair[::-1] for pair in pairs]
    pairs += [[(turned @ mu, turned @ low) for mu, low in pair] for pair in pairs]
    cases = [gaussian_arguments(one, two) for one, two in pairs]
    assert_frechet(run_distances(submission, "frechet_distance", cases)[0], pairs)


def test_hidden_metrics_fid_of_any_size(submission, rng):
    """Fewer rows than features, very unequal numbers of rows, few features."""
    sizes = (10, 200, 24), (9, 8, 16), (300, 40, 64), (30, 31, 2), (20, 20, 20), (4, 4, 6)
    sets = [[drawn_features(rng, n, size) for n in (N, M)] for N, M, size in sizes]
    check_fid(submission, sets)


def test_hidden_metrics_fid_of_features_far_from_0(submission, rng):
    """float32 features with a mean that is a thousand times their spread."""
    sets = [[drawn_features(rng, n, 5, mean=3000.0) for n in (400, 300)] for _ in range(6)]
    check_fid(submission, sets)
    assert_zero(run_distances(submission, "fid", [(a, a) for a, _ in sets])[0], sets)


def test_hidden_metrics_distances_of_any_image_size(submission, rng):
    """Images that are not square, one sample, one training image, and many of all."""
    for count, copies, img_hw, training, test in (
        (9, 9, (11, 16), 30, 21),
        (9, 5, (17, 10), 30, 11),
        (1, 1, (14, 14), 5, 3),
        (7, 3, (12, 12), 1, 4),
        (520, 60, (10, 10), 270, 40),
    ):
        images = planted(rng, count, copies, img_hw, training, 0.05, test)
        evidence = run_memorization(submission, images)
        assert_nearest_distances(evidence, images)
        assert_nearest(evidence, images)


def test_hidden_metrics_share_follows_the_test_images(submission, rng):
    """Any number of copies; test images near to the training images, or far from them."""
    cases = []
    for middle in rng.permutation([0.07, 0.1, 0.14, 0.18, 0.2, 0.22]):
        copies, again = int(rng.integers(1, 20)), int(rng.integers(5, 24))
        noise = 0.4 * middle
        images = planted(rng, 60, copies, (13, 15), 50, noise, 31, again, middle)
        cases.append(images)
    assert_shares([run_memorization(submission, images) for images in cases], cases)

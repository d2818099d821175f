"""What is measured, on real digits: each figure moves when it should, and to where it should."""

import numpy as np
import pytest

from autograder.config.paths import REPOSITORY
from autograder.experiments.metrics.digits import class_plan, load_digits
from autograder.experiments.metrics.measures import (
    NEIGHBOURS,
    DigitFeatures,
    class_accuracy,
    neighbours,
    share,
    spread,
)
from checkkit.classifier import features, frechet_distance

MNIST = REPOSITORY.mnist


def drawn(half, count, seed=0):
    """Digits of a half, in the test digits' proportions, with their classes."""
    rng = np.random.default_rng(seed)
    classes = class_plan(half.labels, count, rng)
    return half.images[half.of_classes(classes, rng)], classes


def test_class_plans_keep_the_counts_of_the_test_digits(digits):
    labels = digits.test.labels
    counts = np.bincount(labels, minlength=10)
    rng = np.random.default_rng(0)
    assert np.array_equal(np.bincount(class_plan(labels, len(labels), rng)), counts)
    for count in (40, 999):
        plan = np.bincount(class_plan(labels, count, rng), minlength=10)
        assert plan.sum() == count
        assert np.abs(plan - counts * count / len(labels)).max() < 1


def test_digits_of_classes_are_different_ones_of_these_classes(digits):
    classes = np.array([3, 3, 0, 9, 3])
    places = digits.test.of_classes(classes, np.random.default_rng(0))
    assert np.array_equal(digits.test.labels[places], classes)
    assert len(set(places.tolist())) == 5
    all_of_4 = digits.test.of_classes(np.full(400, 4), np.random.default_rng(0))
    assert len(set(all_of_4.tolist())) == 400
    more = digits.test.of_classes(np.full(401, 4), np.random.default_rng(0))
    assert set(digits.test.labels[more]) == {4}


def test_the_floor_of_training_digits_against_test_digits(digits, real):
    images, classes = drawn(digits.training, len(digits.test.labels))
    assert 0.005 <= real.measure(images, classes)["frechet"] <= 0.06


@pytest.mark.skipif(not (MNIST / "MNIST").is_dir(), reason="needs all of MNIST in data/")
def test_the_floor_of_all_of_mnist():
    mnist = load_digits(MNIST)
    images, _ = drawn(mnist.training, 10_000)
    distance = frechet_distance(features(images), features(mnist.test.images))
    assert 0.007 <= distance <= 0.02


def test_noise_and_wrong_classes_raise_the_distance(digits, real):
    images, classes = drawn(digits.training, 1000)
    rng = np.random.default_rng(1)
    noisy = (images + 0.03 * rng.standard_normal(images.shape)).astype(np.float32)
    floor = real.measure(images, classes)
    assert real.measure(noisy, classes)["frechet"] > 3 * floor["frechet"]
    one_class = real.measure(images[classes == 4], classes[classes == 4])
    assert one_class["frechet"] > 20 * floor["frechet"]
    assert one_class["coverage"] < 0.3 * floor["coverage"]


def test_real_digits_have_the_coverage_and_density_of_theory(digits, real):
    images, classes = drawn(digits.training, len(digits.test.labels))
    measured = real.measure(images, classes)
    assert measured["coverage"] == pytest.approx(1 - 2**-NEIGHBOURS, abs=0.03)
    assert measured["density"] == pytest.approx(1, abs=0.1)


def test_copies_of_one_digit_a_class_have_no_variety(digits, real):
    images, classes = drawn(digits.training, 400)
    firsts = np.array([np.flatnonzero(classes == c)[0] for c in classes])
    copies, digits = real.measure(images[firsts], classes), real.measure(images, classes)
    assert copies["spread"] <= 1e-3 and copies["deviation"] == pytest.approx(0, abs=1e-6)
    assert copies["coverage"] < 0.1 * digits["coverage"]


def test_a_digit_itself_lies_in_balls_around_test_digits(digits):
    few = DigitFeatures(digits.test.images[:50])
    measured = few.measure(digits.test.images[:50], digits.test.labels[:50])
    assert measured["coverage"] == 1
    assert measured["density"] == pytest.approx((NEIGHBOURS + 1) / NEIGHBOURS, abs=0.01)
    assert measured["frechet"] == pytest.approx(0, abs=1e-6)


def test_spread_is_the_root_mean_square_distance_of_pairs():
    rng = np.random.default_rng(0)
    vectors, classes = rng.standard_normal((12, 3)), np.repeat([0, 1, 2], [5, 6, 1])
    expected = []
    for c, n in ((0, 5), (1, 6)):
        group = vectors[classes == c]
        pairs = [np.sum((group[i] - group[j]) ** 2) for i in range(n) for j in range(i)]
        expected.append(np.sqrt(np.mean(pairs)))
    assert spread(vectors, classes) == pytest.approx(np.mean(expected))
    assert np.isnan(spread(vectors[:1], classes[:1]))


def test_shuffled_labels_leave_an_accuracy_of_a_tenth(digits):
    images, labels = digits.test.images[:2000], digits.test.labels[:2000]
    right = class_accuracy(images, labels)
    assert right.whole["value"] > 0.98
    shuffled = class_accuracy(images, np.random.default_rng(0).permutation(labels))
    assert shuffled.whole["value"] == pytest.approx(0.1, abs=0.03)
    assert shuffled.whole["low"] < 0.1 < shuffled.whole["high"]
    assert sum(one["count"] for one in right.per_class.values()) == 2000


def test_the_interval_of_clopper_and_pearson():
    none, all_of_them = share(np.zeros(10, bool)), share(np.ones(10, bool))
    assert (none["low"], none["high"]) == pytest.approx((0, 1 - 0.025**0.1))
    assert (all_of_them["low"], all_of_them["high"]) == pytest.approx((0.025**0.1, 1))


def test_pasted_training_digits_are_found_with_the_right_pair(digits):
    training = digits.training.images[:3000]
    rng = np.random.default_rng(0)
    pasted = rng.choice(3000, 210, replace=False)
    images = np.roll(training[pasted], (1, -1), (1, 2))
    counts = []
    nearest = neighbours(images, training, counts.append)
    assert np.array_equal(nearest.digits, training[pasted])
    assert nearest.distances.max() <= 1e-3 and nearest.near == 1
    assert counts == [200, 10]
    real = neighbours(digits.test.images[:100], training)
    assert real.near < 0.3 and np.median(real.distances) > 0.1

"""The committed digits are real, balanced, small, and what the given `data.py` falls back to."""

import importlib.util

import numpy as np
import pytest

from autograder.config.paths import REPOSITORY
from autograder.validation.digits.make_subset import TEST_DIGITS, TRAIN_DIGITS, balanced
from checkkit.classifier import accuracy
from checkkit.runs.digits import subset

HALVES = [("train", TRAIN_DIGITS), ("test", TEST_DIGITS)]


def test_the_file_is_at_most_6_megabytes():
    assert REPOSITORY.digits.stat().st_size <= 6e6


@pytest.mark.parametrize(("half", "size"), HALVES)
def test_each_half_holds_equally_many_digits_of_each_class(half, size):
    images, labels = subset(half)
    assert images.shape == (size, 28, 28) and images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [size // 10] * 10


@pytest.mark.parametrize("half", ["train", "test"])
def test_the_digits_are_what_their_labels_say(half):
    images, labels = subset(half)
    assert accuracy(images[:4000].astype(np.float32) / 255, labels[:4000]) >= 0.99


def test_no_digit_comes_twice_or_stands_in_both_halves():
    both = np.concatenate([subset("train")[0], subset("test")[0]])
    assert len({image.tobytes() for image in both}) == len(both)


def test_the_choice_is_seeded_and_balanced():
    labels = np.arange(10).repeat([9, 12, 8, 20, 7, 9, 30, 11, 6, 8])
    chosen = balanced(labels, 50, np.random.default_rng(3))
    assert np.bincount(labels[chosen]).tolist() == [5] * 10
    assert len(np.unique(chosen)) == 50
    assert np.array_equal(chosen, balanced(labels, 50, np.random.default_rng(3)))
    assert not np.array_equal(chosen, balanced(labels, 50, np.random.default_rng(4)))


@pytest.mark.parametrize("train", [True, False])
def test_the_given_data_module_finds_the_subset(train):
    spec = importlib.util.spec_from_file_location(
        "given_data", REPOSITORY.solution_package / "data.py"
    )
    data = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(data)
    digits = data.mnist(train=train, subset=True)
    images, labels = subset("train" if train else "test")
    x, c = digits[len(digits) - 1]
    assert len(digits) == len(images) and x.shape == (1, 28, 28) and c == labels[-1]
    assert np.array_equal((x[0].numpy() * 255).round(), images[-1])

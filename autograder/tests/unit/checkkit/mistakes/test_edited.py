"""Mistakes of image-to-image, inpainting and pictures are named from measurements, else nothing."""

import numpy as np
import pytest

from checkkit.mistakes.edited import (
    clipped_mistake,
    known_mistake,
    seed_twice_mistake,
    start_mistake,
)
from checkkit.mistakes.pictures import picture_mistake
from checkkit.verdicts.strided import StridedSetting

SEEDS = range(4)


def started(seed: int):
    drawn = StridedSetting.drawn_with(np.random.default_rng(seed), 45, 10, 0)
    return drawn.tables.alpha_bars, np.array(drawn.listed), np.arange(7)


def name(found):
    return found and found.name


@pytest.mark.parametrize("seed", SEEDS)
def test_each_wrong_start_is_named(seed):
    bars, listed, i = started(seed)
    right = bars[listed[:7]]
    for wanted, share, noise in (
        (None, right**0.5, (1 - right) ** 0.5),
        (None, 0.97 * right**0.5, (1 - right) ** 0.5),
        ("sdedit: i_start", bars[i] ** 0.5, (1 - bars[i]) ** 0.5),
        ("sdedit: the next timestep", bars[listed[1:8]] ** 0.5, (1 - bars[listed[1:8]]) ** 0.5),
        ("sdedit: no noise", np.ones(7), np.zeros(7)),
        ("sdedit: not scaled", np.ones(7), (1 - right) ** 0.5),
        ("sdedit: pure noise", np.zeros(7), np.ones(7)),
        ("sdedit: scaled twice", 2 * right**0.5, 1.2 * (1 - right) ** 0.5),
        (None, np.ones(7), np.ones(7) / 2),
    ):
        assert name(start_mistake(bars, listed, i, share, noise)) == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_each_wrong_paste_is_named(seed):
    bars, listed, _ = started(seed)
    here, before, none = bars[listed[1:-1]], bars[listed[:-2]], np.zeros(9)
    after, begun = bars[listed[2:]], bars[listed[1]] ** 0.5
    places = bars[np.arange(1, 10)]
    for wanted, share, noise, others, last, first in (
        (None, here**0.5, (1 - here) ** 0.5, none, 1.0, 0.0),
        ("inpaint: noise of t", before**0.5, (1 - before) ** 0.5, none, 0.9, 0.0),
        ("inpaint: clean pixels", 1 + none, none, none, 1.0, 0.0),
        ("inpaint: not scaled", 1 + none, (1 - here) ** 0.5, none, 1.0, 0.0),
        ("inpaint: noise of the place", places**0.5, (1 - places) ** 0.5, none, 1.0, 0.0),
        ("inpaint: mask inverted", none, 1 + none, here**0.5, 0.0, 0.0),
        ("inpaint: at the end alone", none, 1 + none, none, 1.0, 0.0),
        ("inpaint: x_0 unused", none, 1 + none, none, 0.0, 0.0),
        ("inpaint: noise of the next", after**0.5, (1 - after) ** 0.5, none, 1.0, begun),
        ("inpaint: noise after the next", after**0.5, (1 - after) ** 0.5, none, 1.0, 0.0),
        (None, none + 0.4, none + 0.3, none, 1.0, 0.0),
    ):
        assert name(known_mistake(bars, listed, share, noise, others, last, first)) == wanted


def test_only_pixels_that_end_at_both_limits_are_clipped():
    z = np.random.default_rng(0).standard_normal((4, 99))
    assert name(clipped_mistake(z.clip(-1, 1))) == "inpaint: clipped"
    assert clipped_mistake(z) is None
    assert clipped_mistake(z.clip(-1, 1) * 0.99) is None


def test_the_same_noise_twice_is_told_from_new_noise():
    one, two = np.random.default_rng(0).standard_normal((2, 3, 8, 8))
    assert name(seed_twice_mistake(one, 0.3 * one)) == "sdedit: one seed twice"
    assert seed_twice_mistake(one, two) is None


def test_each_wrong_range_is_named_and_a_straight_one_is_not():
    for wanted, gain, shift in (
        (None, 1, 0),
        ("picture: [0, 1]", 0.5, 0.5),
        ("picture: [0, 255]", 127.5, 127.5),
        ("picture: inverted", -1, 0),
        ("picture: 2 x - 1 twice", 2, -1),
        (None, np.nan, 0.2),
    ):
        gains, shifts = np.full(3, gain, float), np.full(3, shift, float)
        assert name(picture_mistake(gains, shifts, invert=False)) == wanted
    assert name(picture_mistake(np.ones(3), np.ones(3), invert=True)) == "picture: 1 - x"
    assert picture_mistake(np.full(3, 0.5), np.full(3, -0.5), invert=True) is None

"""A loss's target, weight and mixture are found whatever they are, and judged for what they are."""

import numpy as np
import pytest
import torch

from checkkit import oracles
from checkkit.runner import CheckFailed
from checkkit.runner.results import Exhibits
from checkkit.spies.losses import TimeLossSpy
from checkkit.verdicts.distributions import (
    assert_dropping_rate,
    assert_independent_dropping,
    assert_uniform_timesteps,
)
from checkkit.verdicts.losses import (
    analyse_loss,
    assert_forward_process,
    assert_mean_loss,
    assert_noise_target,
    assert_normalised_time,
)
from checkkit.verdicts.settings import Setting, clean_images

SETTING = Setting(0.005, 0.2, 31)


def opened(weight=1.0, on_noise=1.0, told=1.0, target=None, count=24):
    x_0 = torch.from_numpy(clean_images(np.random.default_rng(0), count, 9, 11))
    generator = torch.Generator().manual_seed(1)
    t = torch.randint(1, 32, (count,), generator=generator)
    eps = torch.randn(x_0.shape, generator=generator)
    a, b = (torch.from_numpy(table)[t].float()[:, None, None, None] for table in
            oracles.forward_coefficients(SETTING.tables))  # fmt: skip
    spy = TimeLossSpy()
    guess = spy(a * x_0 + on_noise * b * eps, told * t / 31)
    goal = eps if target is None else target(x_0, eps)
    seen = spy.evidence(weight * ((guess - goal) ** 2).mean())
    seen = {k: v.detach().numpy() if torch.is_tensor(v) else v for k, v in seen.items()}
    return analyse_loss(SETTING, seen, x_0.numpy()), eps[:, 0].numpy()


def test_a_right_loss_passes():
    found, eps = opened()
    assert np.abs(found.target - eps).max() < 1e-4
    for judge in (
        assert_forward_process,
        assert_normalised_time,
        assert_mean_loss,
        assert_noise_target,
    ):
        judge(found)


@pytest.mark.parametrize("weight", [0.5, 100.0])
def test_the_weight_is_found_and_changes_nothing_else(weight):
    found, _ = opened(weight=weight)
    assert found.weight == pytest.approx(weight, rel=1e-4)
    assert_forward_process(found)
    assert_noise_target(found)
    with pytest.raises(CheckFailed, match="times the mean squared error"):
        assert_mean_loss(found)


@pytest.mark.parametrize(
    ("options", "judge", "words"),
    [
        ({"on_noise": 1.01}, assert_forward_process, "equation 5 gives"),
        ({"told": 31.0}, assert_normalised_time, "expected one of 1/T"),
        ({"target": lambda x_0, eps: x_0}, assert_forward_process, "with the noise eps in x_t"),
        (
            {"target": lambda x_0, eps: eps.flip(0)},
            assert_forward_process,
            "both need the same eps",
        ),
        ({"target": lambda x_0, eps: 1.3 * eps}, assert_noise_target, r"root mean square 1\.[23]"),
        ({"target": lambda x_0, eps: eps.sign()}, assert_noise_target, "not normally distributed"),
    ],
)
def test_wrong_losses_are_told_apart(options, judge, words):
    with pytest.raises(CheckFailed, match=words):
        judge(opened(**options)[0])


def test_a_loss_that_cannot_be_differentiated_is_named():
    with pytest.raises(CheckFailed, match="no gradient"):
        opened(target=lambda x_0, eps: eps, weight=0.0)


def rows_of(keep, told=None):
    """Rows as the spy records them."""
    told = np.full(len(keep), 1.0) if told is None else told
    return np.stack([told, np.zeros(len(keep)), keep], axis=1)


def test_dropping_is_judged_by_its_share_and_by_what_it_depends_on():
    rng = np.random.default_rng(2)
    keep, t = (rng.random(4000) >= 0.35).astype(float), rng.integers(1, 32, size=4000)
    assert_dropping_rate(rows_of(keep), 0.35)
    assert_independent_dropping(rows_of(keep), "t", t)
    for wrong in (1 - keep, np.ones(4000), keep * (rng.random(4000) >= 0.35)):
        with pytest.raises(AssertionError, match="dropped the class of"):
            assert_dropping_rate(rows_of(wrong), 0.35)
    with pytest.raises(AssertionError, match="depends on t"):
        assert_independent_dropping(rows_of((t > 11).astype(float)), "t", t)
    with pytest.raises(AssertionError, match="neighbouring"):
        assert_independent_dropping(rows_of(np.repeat(keep[:2000], 2)), "t", t)
    with pytest.raises(AssertionError, match="some but not all"):
        assert_independent_dropping(rows_of(np.ones(4000)), "t", t)


def test_uniform_steps_are_told_from_others():
    rng = np.random.default_rng(3)
    fair = rng.integers(1, 32, size=2048)
    assert_uniform_timesteps(SETTING, fair / 31, Exhibits())
    assert_uniform_timesteps(SETTING, fair.astype(float), Exhibits())
    for wrong in (fair - 1, np.full(2048, 5), np.minimum(fair, 30), np.maximum(fair, 4)):
        with pytest.raises(AssertionError, match="t="):
            assert_uniform_timesteps(SETTING, wrong / 31, Exhibits())
    with pytest.raises(AssertionError, match="expected one of 1/T"):
        assert_uniform_timesteps(SETTING, fair / 30.5, Exhibits())

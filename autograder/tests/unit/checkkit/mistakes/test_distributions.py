"""What chance draws is never called a mistake, and what was drawn wrongly is."""

import numpy as np
import pytest

from checkkit.mistakes.denoising import denoising_target_mistake, strength_mistake
from checkkit.mistakes.distributions import (
    dropping_mistake,
    noise_mistake,
    null_class_mistake,
    time_mistake,
    uniform_mistake,
)
from checkkit.mistakes.forward_process import weight_mistake
from checkkit.mistakes.guidance import guidance_mistake

CHANCES = np.array([0.0, 0.35, 1.0])


def test_normal_noise_is_never_called_anything():
    for seed in range(300):
        fields = np.random.default_rng(seed).standard_normal((3, 4, 10, 10))
        assert noise_mistake(fields) is None


def test_wrong_noise_is_called_what_it_is():
    rng = np.random.default_rng(0)
    z, u = rng.standard_normal((3, 4, 10, 10)), rng.random((3, 4, 10, 10))
    assert noise_mistake(u).name == "noise: uniform"
    assert noise_mistake((u - 0.5) * 12**0.5).name == "noise: uniform"
    assert noise_mistake(2 * u - 1).name == "noise: uniform"
    assert noise_mistake(np.repeat(z[:, :1], 4, axis=1)).name == "noise: one for all images"
    assert noise_mistake(np.repeat(z[:1], 3, axis=0)).name == "noise: one for all draws"
    for other in (np.abs(z) / 4, u**2, np.sign(z), np.maximum(z, 0), z[..., :1] + 0 * z):
        assert noise_mistake(other) is None
    assert uniform_mistake(u[0, 0]) is None  # too few values


def test_uniform_times_are_never_called_anything():
    for seed in range(300):
        steps = np.random.default_rng(seed).integers(1, 32, size=2048)
        assert time_mistake(steps, 31) is None


@pytest.mark.parametrize(
    ("low", "high", "name"), [(0, 31, "0 to T"), (0, 30, "0 to T-1"), (1, 30, "1 to T-1")]
)
def test_wrong_ranges_of_t_are_named(low, high, name):
    rng = np.random.default_rng(0)
    steps = rng.integers(low, high + 1, size=2048)
    assert time_mistake(steps, 31).name == f"t: {name}"
    skewed = np.where(rng.random(2048) < 0.3, low, steps)
    assert time_mistake(skewed, 31) is None


def test_one_t_for_all_is_named():
    assert time_mistake(np.full(64, 7), 31).name == "t: one for all images"


def test_dropping_as_asked_is_never_called_anything():
    for seed in range(300):
        dropped = np.random.default_rng(seed).binomial(1024, CHANCES)
        assert dropping_mistake(dropped, 1024, CHANCES) is None


@pytest.mark.parametrize(
    ("share", "name"),
    [
        (0 * CHANCES, "0"),
        (1 - CHANCES, "1 - p"),
        (1 - (1 - CHANCES) ** 2, "p twice"),
        (CHANCES**2, "p^2"),
        (0 * CHANCES + 0.1, "0.1"),
        (0 * CHANCES + 0.5, "0.5"),
        (np.array([0.0, 1.0, 1.0]), "all or none"),
    ],
)
def test_wrong_dropping_is_named(share, name):
    dropped = np.random.default_rng(0).binomial(1024, share)
    assert dropping_mistake(dropped, 1024, CHANCES).name == f"dropped: {name}"


def test_one_chance_alone_does_not_tell_ways_of_dropping_apart():
    assert dropping_mistake(np.array([1024]), 1024, np.array([0.0])) is None
    assert dropping_mistake(np.array([200]), 1024, np.array([0.35])) is None


def test_a_class_that_stands_for_none_is_named():
    rng = np.random.default_rng(0)
    c = rng.integers(1, 10, size=100)
    told = np.where(rng.random(100) < 0.3, 0, c)
    assert null_class_mistake(told, c).name == "class 0 for none"
    assert null_class_mistake(c, c) is None
    assert null_class_mistake(rng.permutation(c), c) is None


def test_strengths_of_noise_are_named():
    rng = np.random.default_rng(0)
    x, eps = rng.random((16, 1, 28, 28)), rng.standard_normal((16, 1, 28, 28))
    for sigma in (0.2, 0.6):
        for name, z in (
            ("x + sigma^2 eps", x + sigma**2 * eps),
            ("x + sqrt(sigma) eps", x + sigma**0.5 * eps),
            ("(1 - sigma) x + sigma eps", (1 - sigma) * x + sigma * eps),
        ):
            assert strength_mistake(z, x, sigma).name == f"z = {name}"
        assert strength_mistake((x + sigma * eps).clip(0, 1), x, sigma).name == "z clipped"
        assert strength_mistake(x, x, sigma).name == "z = x"
        assert strength_mistake(x + 3.3 * sigma * eps, x, sigma) is None
        for seed in range(100):
            fresh = np.random.default_rng(seed).standard_normal(x.shape)
            assert strength_mistake(x + sigma * fresh, x, sigma) is None


def test_targets_of_the_denoiser_are_named():
    rng = np.random.default_rng(0)
    x = rng.random((4, 1, 8, 8))
    z = x + 0.5 * rng.standard_normal(x.shape)
    assert denoising_target_mistake(z - x, x, z, 0.5).name == "target = z - x"
    assert denoising_target_mistake(z, x, z, 0.5).name == "target = z"
    assert denoising_target_mistake(x, x, z, 0.5) is None
    assert denoising_target_mistake(0.5 * (x + z), x, z, 0.5) is None


def test_weights_of_a_loss_are_named():
    assert weight_mistake(64 * 144, (64, 1, 12, 12)).name == "loss: sum over all"
    assert weight_mistake(144, (64, 1, 12, 12)).name == "loss: sum over pixels"
    assert weight_mistake(144, (1, 1, 12, 12)) is None  # one image: both are the same
    assert weight_mistake(1, (64, 1, 12, 12)) is None
    assert weight_mistake(0.7, (64, 1, 12, 12)) is None


def test_ways_to_guide_are_named():
    def shares(kept):
        return np.stack([1 - kept, kept])

    w, rows = np.array([0.0, 1.0, 5.0, 2.3]), np.array([[0, 0, 1, 3, 1], [0, 0, 1, 3, 0]])
    for name, followed in (("1 + w", 1 + w), ("1 - w", 1 - w), ("1", 0 * w + 1), ("5", 0 * w + 5)):
        assert guidance_mistake(w, shares(followed), rows).name == f"guidance {name}"
    assert guidance_mistake(w, shares(w), rows) is None
    assert guidance_mistake(w, shares(np.minimum(w, 3)), rows) is None
    assert guidance_mistake(w[:1], shares(1 - w[:1]), rows) is None
    for name, both in (("no brackets", (0 * w, w)), ("no start", (-w, w))):
        assert guidance_mistake(w, np.stack(both), rows).name == f"guidance {name}"
    velocities = guidance_mistake(w, shares(1 - w), rows, "v").words
    assert "v_cond" in velocities and "eps_" not in velocities
    both = np.array([[0, 0, 1, 3, 1], [0, 0, 1, 3, 1]])
    assert "both passes" in guidance_mistake(w, shares(0 * w + 1), both).words
    null = np.array([[0, 0, 1, 3, 1], [0, 0, 1, 0, 1], [0, 1, 1, 4, 1], [0, 1, 1, 0, 1]])
    assert "class 0 stands for" in guidance_mistake(w, shares(0 * w + 1), null).words

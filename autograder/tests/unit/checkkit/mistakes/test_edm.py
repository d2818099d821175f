"""Each mistake of EDM is named from exact measurements, and nothing else is."""

import numpy as np
import pytest

from checkkit import oracles
from checkkit.mistakes import edm, edm_steps
from checkkit.verdicts.edm_sampling import EdmSetting

SEEDS = range(4)


def levels(seed: int) -> np.ndarray:
    return EdmSetting.drawn(np.random.default_rng(seed), 6, 0.34).levels


@pytest.mark.parametrize("name", edm.FACTORS)
@pytest.mark.parametrize("data", [0.34, 0.7])
def test_each_wrong_factor_is_named_and_the_right_one_is_not(name, data):
    sigma = np.exp(np.linspace(np.log(0.01), np.log(60), 12))
    right = oracles.edm_factors(sigma, data)[edm.FACTORS.index(name)]
    assert edm.factor_mistake(name, right, sigma, data) is None
    assert edm.factor_mistake(name, 1.01 * right, sigma, data) is None
    for story, (series, words) in edm.factor_stories(name, sigma, data).items():
        found = edm.factor_mistake(name, series, sigma, data)
        assert found is not None and found.name == f"edm {name}: {story}", story
        assert found.words == words


def test_each_wrong_list_of_levels_is_named_and_the_right_one_is_not():
    for rho in (2.6, 5.0):
        asked = 11, 0.03, 12.0, rho
        assert edm.levels_mistake(oracles.edm_sigmas(*asked), *asked) is None
        for name, series, _ in edm._levels(*asked):
            found = edm.levels_mistake(series, *asked)
            assert found is not None and found.name == f"edm sigmas: {name}", name


def test_each_wrong_weight_is_named_and_the_right_one_is_not():
    sigma = np.exp(np.random.default_rng(0).normal(-1.2, 1.2, size=64))
    assert edm.weight_mistake(np.ones(64), sigma, 0.34, 144) is None
    for name, (series, _) in edm.weight_stories(sigma, 0.34, 144, 64).items():
        found = edm.weight_mistake(series, sigma, 0.34, 144)
        assert found is not None and found.name == f"edm weight: {name}", name


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_are_named_with_rounding_and_right_ones_are_not(seed):
    rng, all_levels = np.random.default_rng(seed), levels(seed)
    h = np.diff(all_levels)[:-1]
    s, after = all_levels[:-2], all_levels[1:-1]

    def rounded(a: np.ndarray) -> np.ndarray:
        return a * (1 + 1e-6 * rng.normal(size=a.shape))

    right = edm_steps.euler_factors(all_levels)
    assert edm_steps.euler_mistake(rounded(right), all_levels, 0.34) is None
    found = edm_steps.euler_mistake(rounded(np.stack([1 - h / s, h / s])), all_levels, 0.34)
    assert found is not None and found.name == "edm euler: sign"
    right = edm_steps.heun_factors(all_levels)
    assert edm_steps.heun_mistake(rounded(right), all_levels) is None
    a, b = edm_steps.euler_factors(all_levels)
    second = np.stack([1 + h * a / after, h * b / after, -h / after])
    found = edm_steps.heun_mistake(rounded(second), all_levels)
    assert found is not None and found.name == "edm heun: second only"


def test_wrong_calls_are_named():
    all_levels = levels(0)
    right, log = edm_steps.told_sequence(all_levels), np.log(all_levels[:-1]) / 4
    for name, told in (
        ("Euler", log), ("stops at sigma_min", right[:-1]), ("at 0", np.r_[right, -np.inf]),
        ("ln", 4 * right), ("sigma", np.exp(4 * right)), ("same level", np.repeat(log, 2)[:-1]),
    ):  # fmt: skip
        found = edm_steps.told_mistake(told, all_levels)
        assert found is not None and found.name == f"edm calls: {name}", name
    assert edm_steps.told_mistake(right, all_levels) is None
    assert edm_steps.told_mistake(np.random.default_rng(0).random(11), all_levels) is None


def test_levels_of_a_loss_are_named():
    noise = np.random.default_rng(1).normal(size=4096)
    for name, logs in (
        ("sign", 0.8 + 0.4 * noise), ("variance", -0.8 + 0.16 * noise), ("one", 0 * noise),
        ("log2", np.log(2) * (-0.8 + 0.4 * noise)), ("paper", -1.2 + 1.2 * noise),
    ):  # fmt: skip
        found = edm.level_mistake(logs, -0.8, 0.4)
        assert found is not None and found.name == f"edm levels: {name}", name
    assert edm.level_mistake(-0.8 + 0.4 * noise, -0.8, 0.4) is None

"""The null distributions are right: fair draws pass, p-values are spread as they should be."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from checkkit.runner import CheckFailed
from checkkit.verdicts import statistics
from checkkit.verdicts.noise import assert_normal_noise, noise_p

SEEDS = 2000


def table_of(rng: np.random.Generator) -> np.ndarray:
    rows, columns = rng.random(2048) < 0.35, rng.integers(31, size=2048)
    return np.array([np.bincount(columns[which], minlength=31) for which in (rows, ~rows)])


FAIR = {
    "normal_p": lambda rng: statistics.normal_p(rng.normal()),
    "mean_square_p": lambda rng: statistics.mean_square_p(rng.normal(size=(4, 144))),
    "distribution_p": lambda rng: statistics.distribution_p(rng.normal(size=500)),
    "largest_correlation": lambda rng: statistics.largest_correlation(rng.normal(size=(9, 64)))[2],
    "products_p": lambda rng: statistics.products_p(rng.normal(size=(2, 900)).prod(axis=0)),
    "binomial_p": lambda rng: statistics.binomial_p(int(rng.binomial(1024, 0.35)), 1024, 0.35),
    "neighbours_p": lambda rng: statistics.neighbours_p(rng.random(2048) < 0.35),
    "even_counts_p": lambda rng: statistics.even_counts_p(rng.multinomial(2048, [1 / 31] * 31)),
    "independence_p": lambda rng: statistics.independence_p(table_of(rng)),
}


@pytest.mark.parametrize("name", FAIR)
def test_p_values_of_fair_draws_are_uniform_or_larger(name):
    rng = np.random.default_rng(7)
    p = np.array([FAIR[name](rng) for _ in range(SEEDS)])
    assert p.min() >= 1e-6
    for level in (0.01, 0.05, 0.2):
        # Four standard deviations above the level; a bound may be rarer, never more frequent.
        assert np.mean(p <= level) <= level + 4 * (level / SEEDS) ** 0.5
    assert np.mean(p <= 0.8) >= 0.02, "a p-value that is always near 1 tests nothing"


def test_p_values_of_exact_tests_are_uniform():
    rng = np.random.default_rng(8)
    bounds = ("distribution_p",)
    of_whole_counts = ("binomial_p", "neighbours_p")  # below
    for name in FAIR:
        if name in bounds + of_whole_counts:
            continue
        p = [FAIR[name](rng) for _ in range(SEEDS)]
        assert stats.kstest(p, "uniform").statistic < 0.05, name


@pytest.mark.parametrize("hits", [300, 330, 358, 400, 450])
def test_the_binomial_tail_is_the_exact_one(hits):
    exact = stats.binom(1024, 0.35)
    p = min(1, 2 * min(exact.cdf(hits), exact.sf(hits - 1)))
    assert statistics.binomial_p(hits, 1024, 0.35) == pytest.approx(p, rel=1e-6)


def test_the_tail_of_neighbours_is_that_of_all_orders():
    for yes in range(1, 7):
        orders = [np.isin(np.arange(7), places) for places in combinations(range(7), yes)]
        pairs = np.array([np.sum(order[1:] & order[:-1]) for order in orders])
        for order, seen in zip(orders, pairs, strict=True):
            p = min(1, 2 * min(np.mean(pairs <= seen), np.mean(pairs >= seen)))
            assert statistics.neighbours_p(order) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("m", [36, 144, 784])
def test_the_tail_of_one_correlation_is_that_of_student(m):
    for p in (0.5, 1e-2, 1e-4, 1e-7):
        t = stats.t(m - 1).isf(p / 2)
        r = t / np.sqrt(m - 1 + t**2)
        pair = np.zeros((2, m))
        pair[:, 0], pair[1, 1] = (1, r), np.sqrt(1 - r**2)
        assert statistics.largest_correlation(pair)[2] == pytest.approx(p, rel=0.02)


def test_a_share_of_a_fixed_sum_varies_less_and_the_p_value_knows():
    rng, share = np.random.default_rng(10), 1 / 4
    p = []
    for _ in range(SEEDS):
        z = rng.normal(size=(300, 4))
        z /= np.sqrt(np.mean(z**2))
        p.append(statistics.mean_square_p(z.mean(axis=1) * 2, share))
    assert stats.kstest(p, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("dof", [6, 30, 64, 1000])
def test_the_chi_square_tail_is_never_smaller_than_the_exact_one(dof):
    for p in (1e-2, 1e-4, 1e-7):
        for total in (stats.chi2.isf(p / 2, dof), stats.chi2.ppf(p / 2, dof)):
            # 0.97: half a percent too small at the worst, where it does not matter
            assert statistics.chi_square_p(total, dof) >= 0.97 * p


def test_unfair_draws_are_seen():
    rng = np.random.default_rng(9)
    uniform = (rng.random(18_000) - 0.5) * 12**0.5
    assert statistics.distribution_p(uniform) < statistics.ALARM
    assert statistics.mean_square_p(1.2 * rng.normal(size=1000)) < statistics.ALARM
    assert statistics.binomial_p(586, 1024, 0.35) < statistics.ALARM
    assert statistics.even_counts_p(rng.multinomial(2048, [0] + [1 / 30] * 30)) < statistics.ALARM
    dependent = table_of(rng) * np.linspace(0.2, 1.8, 31)[None] ** np.array([[1], [-1]])
    assert statistics.independence_p(dependent) < statistics.ALARM


def test_nan_is_seen():
    for p in (statistics.normal_p(np.nan), statistics.mean_square_p(np.full(5, np.nan))):
        assert not p >= statistics.ALARM


def test_fair_fields_pass_and_their_p_values_are_not_small():
    smallest = []
    for seed in range(150):
        fields = np.random.default_rng(seed).normal(size=(6, 3, 8, 10))
        smallest.append(min(noise_p(fields, "abcdef").values()))
    # nine p-values each: the least of 1350 is about 1e-3
    assert min(smallest) >= 1e-6


FAULTY = {
    "mean": lambda z: z + 0.2,
    "rows": lambda z: z + np.random.default_rng(1).normal(size=z.shape[:3])[..., None],
    "one image for all": lambda z: np.repeat(z[:, :1], z.shape[1], axis=1),
    "one field for all": lambda z: np.repeat(z[:1], len(z), axis=0),
    "blurred": lambda z: z + 0.5 * np.roll(z, 1, axis=3),
    "uniform": lambda z: np.random.default_rng(2).uniform(-1, 1, size=z.shape),
    "constant": np.zeros_like,
}


@pytest.mark.parametrize("fault", FAULTY)
def test_faulty_fields_fail(fault):
    fields = np.random.default_rng(3).normal(size=(20, 4, 12, 12))
    names = [f"field {k}" for k in range(20)]
    assert_normal_noise("it", fields, names)
    with pytest.raises(CheckFailed, match="not independent normal noise"):
        assert_normal_noise("it", FAULTY[fault](fields), names)

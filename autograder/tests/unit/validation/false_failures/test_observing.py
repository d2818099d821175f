"""p-values are observed where checks compute them, once each, under a name that has a claim."""

import numpy as np
import pytest
from scipy import stats

from autograder.validation.false_failures.claims import CLAIMS
from autograder.validation.false_failures.observing import observing, smallest
from autograder.validation.false_failures.running import CheckRun
from checkkit.runner.outcomes import Outcome
from checkkit.verdicts import distributions, noise, statistics
from checkkit.verdicts.replay import Replay
from checkkit.verdicts.settings import Setting


@pytest.fixture
def observer():
    with observing(np.random.default_rng(1)) as observer:
        yield observer


def test_each_p_value_of_noise_is_seen_once_under_a_claimed_name(observer):
    fields = np.random.default_rng(2).normal(size=(3, 4, 9, 9))
    noise.assert_normal_noise("it", fields, "abc")
    names = [one.statistic for one in observer.p_values]
    assert len(names) == len(set(names)) == 9 and set(names) <= CLAIMS.keys()
    assert [one.p for one in observer.p_values] == list(noise.noise_p(fields, "abc").values())


def test_functions_are_as_before_when_nobody_watches_any_more():
    before = noise.noise_p, noise.mean_square_p, distributions.binomial_p
    with observing(np.random.default_rng(1)):
        assert noise.noise_p is not before[0]
    assert before == (noise.noise_p, noise.mean_square_p, distributions.binomial_p)
    assert before[1:] == (statistics.mean_square_p, statistics.binomial_p)


def test_steps_count_under_the_choice_that_explains_them_and_share_one_alarm(observer):
    rng, setting = np.random.default_rng(3), Setting(0.005, 0.25, 6)
    deviation = np.sqrt(setting.tables.betas[[6, 5, 4, 3, 2]])[:, None, None, None]
    steps = np.concatenate([deviation * rng.normal(size=(5, 2, 9, 9)), np.zeros((1, 2, 9, 9))])
    flat, t = np.zeros(6), np.arange(6, 0, -1)
    noise.assert_noise_scale(Replay(setting, t, flat, flat, flat, flat, steps, steps[0], rows=flat))
    one, together = observer.p_values
    assert (one.count, one.alarms, together.count, together.alarms) == (5, 1, 1, 0)
    assert one.p > 1e-4 and one.p <= one.spread <= 5 * one.p


def rows_of(dropped: np.ndarray) -> np.ndarray:
    return np.stack([np.ones(len(dropped)), np.zeros(len(dropped)), ~dropped], axis=1)


def test_whole_counts_are_spread_over_their_jumps_and_certain_ones_are_not_counted(observer):
    rng, spread = np.random.default_rng(4), {"share dropped": [], "neighbours dropped": []}
    for _ in range(400):
        dropped = rng.random(60) < 0.35
        distributions.assert_dropping_rate(rows_of(dropped), 0.35)
        distributions.assert_independent_dropping(rows_of(dropped), "t", np.zeros(60, int))
    for one in observer.p_values:
        if one.statistic in spread:
            assert one.spread <= one.p * (1 + 1e-9)
            spread[one.statistic].append(one.spread)
    assert all(stats.kstest(p, "uniform").pvalue > 1e-4 for p in spread.values())
    assert all(len(p) == 400 for p in spread.values())
    observer.p_values = []
    distributions.assert_dropping_rate(rows_of(np.zeros(60, bool)), 0.0)
    assert observer.p_values == []


def test_the_least_of_several_is_corrected_for_how_many_there_are(observer):
    values = np.random.default_rng(5).normal(size=(3, 200))
    for row in values:
        noise.mean_square_p(row)
    (one,) = CheckRun("a::b", Outcome.PASSED, "", observer.p_values).by_statistic().values()
    assert one.count == one.alarms == 3
    assert one.p == min(one.p for one in observer.p_values)
    assert one.spread == pytest.approx(1 - (1 - one.p) ** 3)
    assert smallest([1.0, 0.25]) == (0.25, pytest.approx(1 - 0.75**2))

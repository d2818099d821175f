"""A formula is named from its own series and from no other; what is in between is not named."""

import itertools

import numpy as np
import pytest

from checkkit import oracles
from checkkit.mistakes import forward_process, noise_scale, sampling_steps, tables, timesteps
from checkkit.mistakes.matching import Formula, gap, recognise
from checkkit.mistakes.symbols import Symbols
from checkkit.mistakes.training_loops import rate_mistake
from checkkit.runner import Mistake
from checkkit.verdicts.settings import Setting

SEEDS = range(5)


def drawn(seed: int, num_ts: int) -> tuple[np.random.Generator, Setting]:
    rng = np.random.default_rng(seed)
    return rng, Setting.drawn(rng, num_ts)


def measured(rng: np.random.Generator, series: np.ndarray) -> np.ndarray:
    """With the error of a replay."""
    return series * (1 + 1e-6 * rng.standard_normal(series.shape))


A, B = Mistake("a", "A."), Mistake("b", "B.")


@pytest.mark.parametrize(
    ("offset", "rivals", "named"),
    [
        (0, [], A),
        (5e-4, [], A),
        (2e-3, [], None),  # no match
        (0, [Formula(np.ones(8) + 2e-3, B)], None),  # a rival that is not ruled out
        (0, [Formula(np.ones(8) + 1e-2, B)], A),
        (0, [Formula(np.ones(8), None)], None),  # the right one fits as well
        (0, [Formula(np.ones(8), A)], A),  # the same story twice
        (np.nan, [], None),
    ],
)
def test_a_mistake_is_named_only_without_rivals(offset, rivals, named):
    formulas = [Formula(np.zeros(8)), Formula(np.ones(8), A), *rivals]
    assert recognise(np.ones(8) + offset, formulas) == named


def test_a_short_series_explains_nothing():
    formulas = [Formula(np.zeros(5)), Formula(np.ones(5), A)]
    assert recognise(np.ones(5), formulas) is None
    assert recognise(np.ones(5), formulas, at_least=5) == A


def step_formulas(setting: Setting) -> tuple[np.ndarray, list]:
    t = np.arange(setting.num_ts, 0, -1)
    letters = Symbols(setting.tables, t)
    families = (
        sampling_steps._eps_forms(letters),
        sampling_steps._x_0_forms(letters, setting.tables),
        sampling_steps._elsewhere(setting.tables, t),
    )
    return t, list(itertools.chain(*families))


@pytest.mark.parametrize("seed", SEEDS)
def test_each_wrong_step_is_named_and_the_right_one_is_not(seed):
    rng, setting = drawn(seed, 12)
    t, formulas = step_formulas(setting)
    assert len(formulas) > 90
    for name, _, (a, b) in formulas:
        found = sampling_steps.mean_mistake(setting.tables, t, measured(rng, a), measured(rng, b))
        assert found is not None and found.name == name
    a, b = (factor[t] for factor in oracles.reverse_coefficients(setting.tables))
    assert sampling_steps.mean_mistake(setting.tables, t, a, b) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_blends_of_two_steps_have_no_name(seed):
    rng, setting = drawn(seed, 12)
    t, formulas = step_formulas(setting)
    for _ in range(60):
        (_, _, (a, b)), (_, _, (other_a, other_b)) = rng.choice(
            np.array(formulas, dtype=object), size=2, replace=False
        )
        share = rng.uniform(0.2, 0.8)
        blend = share * a + (1 - share) * other_a, share * b + (1 - share) * other_b
        found = sampling_steps.mean_mistake(setting.tables, t, *blend)
        if found is not None:  # only where the blend is again one of the formulas
            own = next(formula for name, _, formula in formulas if name == found.name)
            assert gap(np.stack(blend), np.stack(own)) <= 2e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_each_told_story_of_a_mixture_is_named(seed):
    rng, setting = drawn(seed, 31)
    t = rng.integers(2, 31, size=64)
    factors = dict(forward_process._factors(Symbols(setting.tables, t)))
    for pair in forward_process.STORIES:
        a, b = (measured(rng, factors[name]) for name in pair)
        found = forward_process.mixing_mistake(setting.tables, t, a, b)
        assert found is not None and forward_process.STORIES[pair] in found.words
    a, b = (table[t] for table in oracles.forward_coefficients(setting.tables))
    assert forward_process.mixing_mistake(setting.tables, t, a, b) is None
    assert forward_process.mixing_mistake(setting.tables, t, a**1.1, b) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_one_t_alone_explains_no_mixture(seed):
    rng, setting = drawn(seed, 31)
    t = np.full(64, rng.integers(1, 32))
    wrong = np.sqrt(setting.tables.alphas[t]), np.sqrt(1 - setting.tables.alphas[t])
    assert forward_process.mixing_mistake(setting.tables, t, *wrong) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_targets_are_told_apart(seed):
    rng, setting = drawn(seed, 31)
    t = rng.integers(1, 32, size=64)
    x_0, eps, other = rng.random((64, 12, 12)), *rng.standard_normal((2, 64, 12, 12))
    a, b = (table[t][:, None, None] for table in oracles.forward_coefficients(setting.tables))
    x_t = a * x_0 + b * eps
    for name, target in (
        ("x_0", x_0), ("x_t", x_t), ("x_t - x_0", x_t - x_0), ("-eps", -eps),
        ("v", a * eps - b * x_0), ("other noise", other),
    ):  # fmt: skip
        found = forward_process.target_mistake(setting.tables, t, x_0, x_t, target)
        assert found is not None and found.name == f"target = {name}"
    for target in (eps, 0.5 * (eps + other), np.sign(eps)):
        assert forward_process.target_mistake(setting.tables, t, x_0, x_t, target) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_each_scale_of_the_noise_is_named_from_two_chains(seed):
    rng, one = drawn(seed, 12)
    two = Setting(1.6 * one.beta_1, 0.7 * one.beta_T, 12)
    t = np.arange(12, 1, -1)
    z = rng.standard_normal((len(t), 8, 16, 16))
    columns = (slice(None), None, None, None)
    ours, others = one.noises(t), two.noises(t)
    for name, (here, story) in ours.items():
        there = others[name][0]
        chains = (ours, here[columns] * z), (others, there[columns] * z)
        found = noise_scale.scale_mistake(*chains)
        assert found == (Mistake(name, f"The noise is multiplied by {story}.") if story else None)
        louder = (ours, 1.3 * here[columns] * z), (others, 1.3 * there[columns] * z)
        assert noise_scale.scale_mistake(*louder) is None
        fresh = (others, there[columns] * rng.standard_normal(z.shape))
        assert noise_scale.scale_mistake(chains[0], fresh) is None


def test_silence_is_told_from_a_step_without_noise():
    t, noise = np.arange(12, 0, -1), np.random.default_rng(0).standard_normal((12, 2, 8, 8))
    noise[-1] = 0
    assert noise_scale.silence_mistake(t, noise) is None
    assert noise_scale.silence_mistake(t, 0 * noise).name == "sigma_t = 0"
    noise[-2] = 0
    assert "t = 2:" in noise_scale.silence_mistake(t, noise).words
    assert noise_scale.silence_mistake(t, noise[::-1]) is None
    rounding = (
        4e-6 * noise[::-1] / np.abs(noise).max() * np.linspace(1, 8, len(t))[:, None, None, None]
    )
    assert noise_scale.silence_mistake(t, rounding).name == "sigma_t = 0"


@pytest.mark.parametrize("seed", SEEDS)
def test_wrong_tables_are_named(seed):
    _, setting = drawn(seed, 23)
    right = setting.tables
    a, first, last = right.alphas, setting.beta_1, setting.beta_T
    assert tables.betas_mistake(right.betas, first, last) is None
    assert tables.alphas_mistake(right.alphas, right.betas) is None
    assert tables.alpha_bars_mistake(right.alpha_bars, a, right.betas) is None
    for name, wrong in (
        ("alphas", a), ("cumsum of alphas", np.r_[1, np.cumsum(a[1:])]),
        ("root", np.sqrt(right.alpha_bars)), ("shifted back", np.r_[1, right.alpha_bars[:-1]]),
        ("cumprod of betas", np.r_[1, np.cumprod(right.betas[1:])]),
        ("1 - cumsum of betas", 1 - np.cumsum(right.betas)),
    ):  # fmt: skip
        assert tables.alpha_bars_mistake(wrong, a, right.betas).name == f"alpha_bars: {name}"
    ends = np.r_[0, np.geomspace(first, last, 23)]
    assert tables.betas_mistake(ends, first, last).name == "betas: geometric"
    assert tables.betas_mistake(np.sqrt(ends), first, last) is None
    assert tables.alphas_mistake(np.sqrt(a), right.betas).name == "alphas: sqrt(1 - beta)"


def test_wrong_times_and_loops_are_named():
    T, t = 12, np.arange(12, 0, -1)
    for name, told in (
        ("t", t), ("(t - 1) / T", (t - 1) / T), ("t / (T - 1)", t / (T - 1)),
        ("t / (T + 1)", t / (T + 1)), ("1", np.ones(T)), ("1 - t / T", 1 - t / T),
    ):  # fmt: skip
        assert timesteps.telling_mistake(told, t, T).name == f"told {name}"
    assert timesteps.telling_mistake(t / T, t, T) is None
    for name, told in (
        ("T to 2", t[:-1]), ("T-1 to 1", t[1:]), ("T to 0", np.r_[t, 0]), ("1 to T", t[::-1]),
    ):  # fmt: skip
        assert timesteps.loop_mistake(told / T, T).name == f"loop: {name}"
    assert timesteps.loop_mistake(t / T, T) is None
    assert timesteps.loop_mistake(np.random.default_rng(0).random(T), T) is None


def test_learning_rates_are_named():
    epoch, batch = np.arange(4)[:, None], np.arange(3)
    right = 0.1 ** (epoch / 4) * np.ones(3)
    assert rate_mistake(right) is None
    assert rate_mistake(np.ones((4, 3))).name == "lr: constant"
    assert rate_mistake(0.1 ** ((3 * epoch + batch) / 4)).name == "lr: decays every batch"
    assert rate_mistake(0.1**epoch * np.ones(3)).name == "lr: gamma 0.1"
    assert rate_mistake(0.5**epoch * np.ones(3)) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_time_that_runs_backwards_is_told_without_saying_where(seed):
    rng, setting = drawn(seed, 31)
    t = rng.integers(0, 31, size=64)
    mirrored = setting.tables.alpha_bars[31 - t]
    found = forward_process.mixing_mistake(
        setting.tables, t, measured(rng, np.sqrt(mirrored)), np.sqrt(1 - mirrored)
    )
    assert found.name == "times reversed"

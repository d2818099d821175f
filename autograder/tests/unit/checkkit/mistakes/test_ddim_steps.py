"""Each mistake of DDIM is named from exact measurements, and nothing else is."""

import numpy as np
import pytest

from checkkit.mistakes import ddim_steps
from checkkit.mistakes.noise_scale import scale_mistake
from checkkit.verdicts.ddim import DdimSetting

SEEDS = range(6)


def drawn(seed: int, eta: float = 0.5):
    rng = np.random.default_rng(seed)
    setting = DdimSetting.strided(rng, 45, 8, eta)
    return rng, setting, np.array(setting.timesteps[:-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_each_wrong_mean_is_named_and_the_right_one_is_not(seed):
    rng, setting, t = drawn(seed)
    formulas = list(ddim_steps._means(setting._steps(t)))
    named = 0
    for (a, b), mistake in formulas:
        rough = np.r_[a[0] * (1 + 0.1 * rng.normal()), a[1:]]
        found = setting.mean_mistake(t, rough, b * (1 + 1e-5 * rng.normal(size=len(t))))
        assert found is None or (mistake is not None and found == mistake)
        named += found is not None
    possible = [m.name for (a, b), m in formulas if m and np.isfinite([a[1:], b[1:]]).all()]
    assert named >= len(possible) - 4, "most formulas are unlike all others"
    (a, b), _ = formulas[0]
    assert setting.mean_mistake(t, a, 1.02 * b) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_each_wrong_scale_of_the_noise_is_named_from_two_chains(seed):
    rng, one, t = drawn(seed)
    two = DdimSetting(1.6 * one.beta_1, 0.7 * one.beta_T, 45, one.timesteps, 0.5)
    t = t[:-1]  # the last step adds none
    z = rng.standard_normal((len(t), 8, 16, 16))
    columns = (slice(None), None, None, None)
    ours, others, named = one.noises(t), two.noises(t), 0
    for name, (scale, story) in ours.items():
        if name == "sigma: eta = 0":
            continue
        chains = (ours, scale[columns] * z), (others, others[name][0][columns] * z)
        found = scale_mistake(*chains)
        assert found is None or (story and found.name == name)
        named += found is not None
    assert named >= len(ours) - 4, "most scales are unlike all others"


@pytest.mark.parametrize("eta", [0.0, 0.3, 1.0])
def test_the_right_step_has_no_mistake_at_any_eta(eta):
    _, setting, t = drawn(3, eta)
    on_x, on_eps = (table[t] for table in setting.coefficients)
    assert setting.mean_mistake(t, on_x, on_eps) is None


def test_wrong_loops_are_named():
    _, setting, t = drawn(1)
    T, steps = setting.num_ts, len(t)
    for name, told in (
        ("t'", setting.timesteps[1:]), ("stops early", t[:-1]), ("first left out", t[1:]),
        ("to 0", setting.timesteps), ("backwards", t[::-1]), ("all t", np.arange(T, 0, -1)),
        ("even", np.round(np.linspace(T, 0, steps + 1))[:-1]),
        ("steps left", np.arange(steps, 0, -1) * T / steps),
    ):  # fmt: skip
        found = setting.loop_mistake(np.array(told) / T)
        assert found is not None and found.name == f"ddim loop: {name}", name
    assert setting.loop_mistake(t / T) is None
    assert setting.loop_mistake(np.random.default_rng(0).random(steps)) is None


def test_a_message_shows_the_ends_of_a_long_list():
    asked = DdimSetting(1e-4, 0.02, 300, tuple(range(300, -1, -1)), 0.5).asked
    assert asked == "T=300, timesteps=[300, 299, 298, 297, 296, ..., 1, 0], eta=0.5"

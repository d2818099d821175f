"""Each mistake of iterative denoising is named from exact measurements, and nothing else is."""

import numpy as np
import pytest

from checkkit.mistakes import strided_steps
from checkkit.mistakes.noise_scale import scale_mistake
from checkkit.mistakes.strided_lists import timesteps_mistake
from checkkit.verdicts.strided import StridedSetting

SEEDS = range(6)


def drawn(seed: int):
    rng = np.random.default_rng(seed)
    setting = StridedSetting.drawn_with(rng, 45, 10, 0)
    return rng, setting, np.array(setting.timesteps[:-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_each_wrong_mean_is_named_and_the_right_one_is_not(seed):
    rng, setting, t = drawn(seed)
    formulas = list(strided_steps._means(setting._steps(t)))
    named = 0
    for (a, b), mistake in formulas:
        rough = np.r_[a[0] * (1 + 0.1 * rng.normal()), a[1:]]
        found = setting.mean_mistake(t, rough, b * (1 + 1e-5 * rng.normal(size=len(t))))
        assert found is None or (mistake is not None and found == mistake)
        named += found is not None
    assert named >= len(formulas) - 4, "most formulas are unlike all others"
    (a, b), _ = formulas[0]
    assert setting.mean_mistake(t, a, 1.02 * b) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_each_wrong_scale_of_the_noise_is_named_from_two_chains(seed):
    rng, one, t = drawn(seed)
    two = StridedSetting(1.6 * one.beta_1, 0.7 * one.beta_T, 45, one.listed)
    t = t[:-1]  # the last step adds none
    z = rng.standard_normal((len(t), 8, 16, 16))
    columns = (slice(None), None, None, None)
    ours, others, named = one.noises(t), two.noises(t), 0
    for name, (scale, story) in ours.items():
        if not scale.all():
            continue
        chains = (ours, scale[columns] * z), (others, others[name][0][columns] * z)
        found = scale_mistake(*chains)
        assert found is None or (story and found.name == name)
        named += found is not None
    assert named >= len(ours) - 6, "most scales are unlike all others"


@pytest.mark.parametrize("i_start", [0, 3])
def test_each_wrong_loop_is_named(i_start):
    listed = (45, 41, 38, 30, 25, 19, 16, 11, 9, 7, 4, 2, 0)
    right = np.array(listed[i_start:-1], float)

    def name_of(told):
        found = strided_steps.strided_loop_mistake(np.array(told, float), listed, i_start, 45)
        return found and found.name

    assert name_of(right) is None
    assert name_of(right[:-1]) == "strided loop: stops early"
    assert name_of([*right, 0]) == "strided loop: to the end"
    assert name_of(right / 45) == "strided loop: t / T"
    assert name_of([*right[1:], 0]) == "strided loop: t'"
    if i_start:
        assert name_of(listed[:-1]) == "strided loop: i_start ignored"


@pytest.mark.parametrize(("start", "stride"), [(90, 9), (95, 9)])
def test_each_wrong_list_of_timesteps_is_named(start, stride):
    right = [*range(start, 0, -stride), 0]
    assert timesteps_mistake(right, start, stride) is None
    for name, have in (
        ("ascending", right[::-1]),
        ("without 0", right[:-1]),
        ("without start", right[1:]),
        ("one too early", [t - 1 for t in right[:-1]]),
    ):
        found = timesteps_mistake(have, start, stride)
        assert found is not None and found.name == f"timesteps: {name}"
    assert timesteps_mistake([5, 4, 3, 2, 1, 0], start, stride) is None

"""Task editing_noise: `noisy_at` of diffusion/noising.py."""

import numpy as np
import pytest
import torch

from checkkit.mistakes.distributions import uniform_mistake
from checkkit.mistakes.estimates import mixture_mistake
from checkkit.runner import Array, CheckFailed, expect
from checkkit.spies.editing import ModelSpy
from checkkit.verdicts.noise import assert_normal_noise
from checkkit.verdicts.pictures import a_digit
from checkkit.verdicts.statistics import ALARM, mean_square_p
from checkkit.verdicts.strided import StridedSetting

pytestmark = pytest.mark.task("editing_noise")

CALLS = ("the first call", "the second call")
T = 45


def probe_noisy(diffusion, *, setting, x_0, times, seeds):
    spy = ModelSpy(setting, x_0[None], None, 0.0, [1], None)
    results = []
    for t, seed in zip(times, seeds, strict=True):
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        results.append(diffusion.noising.noisy_at(spy.model(), x_0, t, generator))
    return {"x_t": torch.stack(results), "x_0_after": x_0}


def probe_one_generator(diffusion, *, setting, x_0, t, state):
    spy = ModelSpy(setting, x_0[None], None, 0.0, [1], None)
    generator = torch.Generator().manual_seed(state)
    results = [diffusion.noising.noisy_at(spy.model(), x_0, t, generator) for _ in range(2)]
    return {"x_t": torch.stack(results)}


def run_noisy(submission, setting, x_0, times, seeds):
    """x_t (K, N, 1, H, W) of calls at K times, with a generator of each seed, or None."""
    returns = {"x_t": Array((len(times), *x_0.shape)), "x_0_after": Array(x_0.shape)}
    inputs = {"setting": setting.inputs, "x_0": x_0, "times": [*times], "seeds": [*seeds]}
    return submission.run(probe_noisy, returns=returns, **inputs)


def images(rng, count, size):
    return rng.uniform(-1, 1, size=(count, 1, size, size)).astype(np.float32)


@pytest.fixture
def setting(rng) -> StridedSetting:
    return StridedSetting.drawn_with(rng, T, 5, 0)


def test_image_and_noise_have_the_factors_of_equation_a1(submission, setting, rng, exhibits):
    """x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps, at any t; at t = 0 it is x_0.

    Nothing is clipped.
    """
    digit = 2 * np.tile(a_digit(), (2, 1, 1, 1)).swapaxes(0, 1)[:, :1] - 1
    shown = [0, 5, 10, 20, 45]
    strip = run_noisy(submission, setting, digit, shown, [1] * len(shown))["x_t"][:, 0, 0]
    exhibits.images("A digit with your noise, by t", (strip + 1) / 2, [f"t = {t}" for t in shown])
    times = [0, T, *(1 + rng.choice(T - 1, 10, replace=False)).tolist()]
    seeds = [int(rng.integers(2**31))] * len(times)
    one, two = images(rng, 4, 20), images(rng, 4, 20)
    first, second = (run_noisy(submission, setting, x, times, seeds)["x_t"] for x in (one, two))
    difference = (one - two).ravel().astype(np.float64)
    on_image = (first - second).reshape(len(times), -1) @ difference / (difference @ difference)
    rest = first.astype(np.float64) - on_image[:, None, None, None, None] * one
    on_noise = np.sqrt(np.mean(np.square(rest), axis=(1, 2, 3, 4)))
    alpha_bars, alphas = setting.tables.alpha_bars[times], setting.tables.alphas[times]
    off = np.abs(on_image - np.sqrt(alpha_bars))
    noisy = rest[1:] / np.sqrt(1 - alpha_bars[1:])[:, None, None, None, None]
    # Equal seeds give equal noise: the scale of one is that of all, up to rounding.
    common = on_noise / np.sqrt(np.maximum(1 - alpha_bars, 1e-9))
    mistake = mixture_mistake(alpha_bars[1:], alphas[1:], on_image[1:], on_noise[1:])
    mistake = mistake or uniform_mistake(noisy)
    if not (off <= 1e-3).all():
        i = int(np.argmax(off))
        raise CheckFailed(
            f"at t={times[i]} your x_t holds {on_image[i]:.4f} of x_0, equation A1 has "
            f"{np.sqrt(alpha_bars[i]):.4f}",
            mistake,
        )
    if not on_noise[0] <= 1e-3:
        raise CheckFailed(f"at t=0 your x_t differs from x_0 by {on_noise[0]:.3g}, expected 0")
    if not np.abs(common[1:] / common[1] - 1).max() <= 1e-2:
        i = 1 + int(np.argmax(np.abs(common[1:] / common[1] - 1)))
        raise CheckFailed(
            f"from t={times[1]} to t={times[i]} your noise becomes {on_noise[i] / on_noise[1]:.4f} "
            f"times as strong, equation A1 has "
            f"{np.sqrt((1 - alpha_bars[i]) / (1 - alpha_bars[1])):.4f}",
            mistake,
        )
    if not mean_square_p(noisy[0]) >= ALARM:
        raise CheckFailed(
            f"at t={times[1]} your noise has standard deviation {on_noise[1]:.4f}, equation A1 has "
            f"{np.sqrt(1 - alpha_bars[1]):.4f}",
            mistake,
        )


def test_the_noise_is_normal_and_new_in_each_call(submission, setting, rng):
    """eps is N(0, I), different for each pixel and image, and drawn anew in each call.

    Without a generator, too.
    """
    t, x_0 = T, images(rng, 12, 20)
    alpha_bar = setting.tables.alpha_bars[t]
    x_t = run_noisy(submission, setting, x_0, [t, t], [None, None])["x_t"]
    eps = (x_t.astype(np.float64) - np.sqrt(alpha_bar) * x_0) / np.sqrt(1 - alpha_bar)
    assert_normal_noise("the noise that noisy_at adds", eps[:, :, 0], CALLS)


def test_the_generator_decides_the_noise(submission, setting, rng):
    """The noise comes from the generator: an equal one gives equal noise, a used one new noise."""
    x_0, t, seed = images(rng, 2, 12), T // 2, int(rng.integers(2**31))
    states = [seed, seed, seed + 1]
    one, again, other = run_noisy(submission, setting, x_0, [t] * 3, states)["x_t"]
    expect(
        np.abs(one - again).max() <= 1e-6,
        "two generators in the same state give different noise: draw with generator=generator",
    )
    expect(np.abs(one - other).max() > 1e-3, "generators in different states give the same noise")
    inputs = {"setting": setting.inputs, "x_0": x_0, "t": t, "state": seed}
    returns = {"x_t": Array((2, *x_0.shape))}
    first, second = submission.run(probe_one_generator, returns=returns, **inputs)["x_t"]
    expect(
        np.abs(first - second).max() > 1e-3,
        "two calls with one generator give the same noise: do not seed it",
    )


@pytest.mark.supporting
def test_x_0_is_left_unchanged(submission, setting, rng):
    """x_0 is the same afterwards, and x_t has its shape and dtype."""
    for count, size in ((1, 5), (3, 8)):
        x_0 = images(rng, count, size)
        evidence = run_noisy(submission, setting, x_0, [10, 40], [1, 2])
        expect(np.array_equal(evidence["x_0_after"], x_0), "x_0 was changed in place")

"""Mistakes in the steps of EDM's sampler, and in the levels that it tells the net.

With s and s' the levels of a step, D the first estimate of x_0 and D' the second one, the first
half goes to x' = A x + B D (equation 23), and the whole to P x + Q D + R D' (equation 24).
"""

import numpy as np

from .. import oracles
from ..runner import Mistake
from .matching import Formula, recognise

Array = np.ndarray
SAME_LEVEL = "The second call is told the level of x; it is that of x', the next one."


def euler_factors(levels: Array) -> Array:
    """(2, n - 1): A and B of x' = x + (s' - s) (x - D) / s, for all steps but the one to 0."""
    s, after = levels[:-2], levels[1:-1]
    return np.stack([after / s, 1 - after / s])


def heun_factors(levels: Array) -> Array:
    """(3, n - 1): P, Q and R of equation 24, for all steps but the one to 0."""
    s, after = levels[:-2], levels[1:-1]
    h = after - s
    return np.stack([1 + h / s, h / 2 * (1 / after - 2 / s), -h / (2 * after)])


def euler_mistake(measured: Array, levels: Array, d: float) -> Mistake | None:
    """Why A and B, (2, n - 1), are not those of equation 23; d is sigma_data."""
    s, after = levels[:-2], levels[1:-1]
    h, one = after - s, np.ones_like(s)
    skip, out, *_ = oracles.edm_factors(s, d)
    stories = {
        "sign": (1 - h / s, h / s, "The step has the wrong sign."),
        "no division": (1 + h, -h, "The slope lacks its division by sigma."),
        "next level": (1 + h / after, -h / after, "The slope is divided by the next level; divide "
                       "by the level of x."),
        "x": (one, 0 * one, "The second call gets x itself, expected x' of equation 23."),
        "D": (0 * one, one, "The second call gets the estimate D, expected x' of equation 23."),
        "step": (1 + one, -one, "The step lacks its factor, the difference of the levels."),
        "half": (1 + h / s / 2, -h / s / 2, "x' is half a step away; equation 23 goes the whole."),
        "F as slope": (1 - h * skip / out, h / out, "The net's answer is taken for the slope."),
        "F as D": (1 + h / s * (1 + skip / out), -h / s / out, "The net's answer is taken for D; "
                   "D is c_skip x + c_out F."),
        "no c_skip": (1 + h / s * (1 + skip), -h / s, "D lacks its part c_skip x."),
    }  # fmt: skip
    return _named("edm euler", measured, euler_factors(levels), stories)


def heun_mistake(measured: Array, levels: Array) -> Mistake | None:
    """Why P, Q and R, (3, n - 1), are not those of equation 24, though x' is right."""
    s, after = levels[:-2], levels[1:-1]
    h, zero = after - s, np.zeros_like(s)
    a, b = euler_factors(levels)
    # Slopes as factors of x, D and D'.
    first = np.stack([1 / s, -1 / s, zero])
    second = np.stack([a / after, b / after, -1 / after])
    x, euler = np.stack([1 + zero, zero, zero]), np.stack([a, b, zero])
    old = np.stack([1 / after, zero, -1 / after])
    by_first = np.stack([a / s, b / s, -1 / s])
    stories = {
        "euler": (*euler, "The second estimate is not used."),
        "second only": (*(x + h * second), "Only the second slope is used; take the mean of both."),
        "sum": (*(x + h * (first + second)), "The slopes are added; take their mean."),
        "from x'": (*(euler + h * (first + second) / 2), "The step starts at x'; it starts at x."),
        "old x": (*(x + h * (first + old) / 2), "The second slope has x in it, expected x'."),
        "old level": (*(x + h * (first + by_first) / 2), "The second slope is divided by the level "
                      "of x; divide by the next one."),
        "difference": (*(x + h * (first - second) / 2), "The slopes are subtracted; take their "
                       "mean."),
        "sign": (*(x - h * (first + second) / 2), "The step has the wrong sign."),
    }  # fmt: skip
    return _named("edm heun", measured, heun_factors(levels), stories)


def told_sequence(levels: Array) -> Array:
    """c_noise of each of the 2n - 1 calls."""
    return np.log(np.r_[levels[0], np.repeat(levels[1:-1], 2)]) / 4


def told_mistake(told: Array, levels: Array) -> Mistake | None:
    """Why the net was told these numbers, one for each call (K,); levels end in 0."""
    right, log = told_sequence(levels), np.log(levels[:-1]) / 4
    sigma, n = np.exp(4 * right), len(levels) - 1
    stories = {
        "right": (right, ""),
        "Euler": (log, "There is one call for each step; Heun's method has a second one."),
        "stops at sigma_min": (right[:-1], "The last step, from the last level to 0, is missing."),
        "two steps early": (right[:-3], "The last steps are missing."),
        "first left out": (right[2:], "The first step is missing."),
        "same level": (np.repeat(log, 2)[:-1], SAME_LEVEL),
        "same level, to 0": (np.repeat(log, 2), SAME_LEVEL),
        "ascending": (right[::-1], "The levels go up; they are given descending."),
        "ln": (4 * right, "c_noise is a quarter of the logarithm."),
        "sigma": (sigma, "The net is told sigma; it is c_noise."),
        "sigma / 4": (sigma / 4, "c_noise lacks the logarithm."),
        "number": (np.arange(len(right)), "The net is told the number of the call."),
        "share": (1 - np.r_[0, np.repeat(np.arange(1, n), 2)] / n, "The net is told the share of "
                  "steps that are left; it is c_noise."),
    }  # fmt: skip
    ends_at_0 = len(told) == len(right) + 1 and not np.isfinite(told[-1])
    if ends_at_0 and np.abs(told[:-1] - right).max() <= 1e-3:
        words = "The last step calls the net a second time, at sigma = 0; it has one slope only."
        return Mistake("edm calls: at 0", words)
    formulas = [
        Formula(series, Mistake(f"edm calls: {name}", words) if words else None)
        for name, (series, words) in stories.items()
        if len(series) == len(told)
    ]
    return recognise(told, formulas)


def _named(prefix: str, measured: Array, right: Array, stories: dict) -> Mistake | None:
    formulas = [Formula(right.ravel())]
    for name, (*series, words) in stories.items():
        formulas.append(Formula(np.concatenate(series), Mistake(f"{prefix}: {name}", words)))
    return recognise(measured.ravel(), formulas)

"""Mistakes in EDM's factors, noise levels and loss; equation numbers are the handout's."""

from collections.abc import Iterator, Mapping

import numpy as np

from .. import oracles
from ..runner import Mistake
from .matching import Formula, recognise

Array = np.ndarray
Stories = Mapping[str, tuple[Array, str]]  # by name, the series, and what is wrong with it
FACTORS = ("c_skip", "c_out", "c_in", "c_noise")
DEFAULT, PAPER = 0.34, 0.5  # sigma_data of this handout, and of the paper
FLOOR = 1e-2  # of the relative differences: factors may be small


def factor_stories(name: str, s: Array, d: float) -> Stories:
    """Wrong formulas of one factor at (K,) levels s, with sigma_data d."""
    total, one, log = s**2 + d**2, np.ones_like(s), np.log(s)
    root = np.sqrt(total)
    stories = {
        "c_skip": {
            "root": (d / root, "c_skip has no root."),
            "sigma": (s**2 / total, "The numerator of c_skip is sigma_data squared, not sigma's."),
            "not squared": (d / total, "The numerator of c_skip is squared."),
            "root below": (d**2 / root, "c_skip has no root below."),
            "sum squared": (d**2 / (s + d) ** 2, "Add the squares; do not square the sum."),
            "1": (one, "c_skip is 1; it depends on sigma."),
            "0": (0 * one, "c_skip is 0; it depends on sigma."),
        },
        "c_out": {
            "no sigma_data": (s / root, "c_out lacks its factor sigma_data."),
            "no sigma": (d / root, "c_out lacks its factor sigma."),
            "no root": (s * d / total, "The root below c_out is missing."),
            "no division": (s * d, "c_out lacks its division."),
            "squared": (s**2 * d**2 / total, "c_out is not squared."),
            "sum": (s * d / (s + d), "The root is that of a sum of squares."),
            "sigma": (s, "c_out is sigma; it has two more parts."),
            "1": (one, "c_out is 1; it depends on sigma."),
        },
        "c_in": {
            "no root": (1 / total, "The root below c_in is missing."),
            "upside down": (root, "c_in is upside down: divide 1 by the root."),
            "sum": (1 / (s + d), "The root is that of a sum of squares."),
            "1": (one, "c_in is 1; it depends on sigma."),
            "sigma_data": (d / root, "The numerator of c_in is 1, not sigma_data."),
            "sigma": (1 / s, "c_in lacks sigma_data."),
            "variance 1": (1 / np.sqrt(s**2 + 1), "c_in has 1 where sigma_data squared belongs."),
        },
        "c_noise": {
            "ln": (log, "c_noise is a quarter of the logarithm."),
            "sigma": (s, "c_noise is sigma; it is a quarter of its logarithm."),
            "sigma / 4": (s / 4, "c_noise lacks the logarithm."),
            "log10": (log / np.log(10) / 4, "The logarithm is the natural one."),
            "log2": (log / np.log(2) / 4, "The logarithm is the natural one."),
            "ln / 2": (log / 2, "The logarithm is divided by 4."),
            "4 ln": (4 * log, "The logarithm is divided by 4, not multiplied."),
            "ln(1 + sigma)": (np.log1p(s) / 4, "The logarithm is that of sigma alone."),
            "- ln": (-log / 4, "c_noise has the wrong sign."),
        },
    }[name]
    right = oracles.edm_factors(s, d)
    for other, series in zip(FACTORS, right, strict=True):
        if other != name:
            words = f"This is {other}; the order is {', '.join(FACTORS)}."
            stories[f"is {other}"] = series, words
    for fixed in (DEFAULT, PAPER):
        series = oracles.edm_factors(s, fixed)[FACTORS.index(name)]
        if name != "c_noise" and abs(fixed - d) > 0.02:
            words = f"sigma_data is {fixed:g} here; use the argument."
            stories[f"sigma_data {fixed:g}"] = series, words
    return stories


def factor_mistake(name: str, measured: Array, s: Array, d: float) -> Mistake | None:
    """Why a factor has these (K,) values."""
    right = oracles.edm_factors(s, d)[FACTORS.index(name)]
    return _named(f"edm {name}", measured, right, factor_stories(name, s, d))


def default_mistake(factors: Array, s: Array) -> Mistake | None:
    """Why the factors (4, K) without sigma_data are not those of its default."""
    paper = oracles.edm_factors(s, PAPER)[:3]
    if np.abs(factors[:3] - paper).max() <= 1e-4:
        words = "The default of sigma_data is 0.5; digits in [0, 1] have 0.34."
        return Mistake("edm sigma_data: 0.5", words)
    return None


def levels_mistake(
    measured: Array, n: int, sigma_min: float, sigma_max: float, rho: float
) -> Mistake | None:
    """Why `edm_sigmas` returns these levels."""
    right = oracles.edm_sigmas(n, sigma_min, sigma_max, rho)
    # Two lists of different lengths may differ in the spacing of another list only.
    formulas = [Formula(right)] if len(measured) == n + 1 else []
    for name, series, words in _levels(n, sigma_min, sigma_max, rho):
        if len(series) == len(measured):
            formulas.append(Formula(series, Mistake(f"edm sigmas: {name}", words)))
    return recognise(measured, formulas, floor=1e-6, at_least=4)


def _levels(n: int, low: float, high: float, rho: float) -> Iterator[tuple[str, Array, str]]:
    def spaced(first: float, last: float, steps: Array, power: float = rho) -> Array:
        return np.maximum(first + steps * (last - first), 0) ** power

    ramp = np.arange(n) / (n - 1)
    first, last = high ** (1 / rho), low ** (1 / rho)
    right = spaced(first, last, ramp)
    yield "n", np.r_[spaced(first, last, np.arange(n) / n), 0], "Divide i by n - 1, not by n."
    yield (
        "n + 1 levels",
        np.r_[spaced(first, last, np.arange(n + 1) / n), 0],
        ("There are n levels before the 0, not n + 1."),
    )
    yield "no 0", right, "The last entry is 0, after sigma_min."
    yield (
        "ends at sigma_min",
        spaced(first, last, np.arange(n + 1) / n),
        ("The levels end at sigma_min; the last entry is 0, after sigma_min."),
    )
    yield (
        "to 0",
        spaced(first, 0.0, np.arange(n + 1) / n),
        ("The levels go to 0 evenly; the last one before 0 is sigma_min."),
    )
    yield (
        "from 1",
        np.r_[spaced(first, last, np.arange(1, n + 1) / n), 0],
        ("i begins at 0, so that the first level is sigma_max."),
    )
    if rho != 1:
        yield (
            "linear",
            np.r_[spaced(high, low, ramp, 1), 0],
            ("The levels are evenly spaced; rho is not used."),
        )
    yield (
        "geometric",
        np.r_[high * (low / high) ** ramp, 0],
        ("The logarithms of the levels are evenly spaced; equation 22 has powers of 1 / rho."),
    )
    yield (
        "roots lost",
        np.r_[spaced(high, low, ramp), 0],
        ("The roots of sigma_max and sigma_min are missing."),
    )
    yield (
        "power lost",
        np.r_[spaced(first, last, ramp, 1), 0],
        ("The power rho of the whole is missing."),
    )
    yield (
        "rho upside down",
        np.r_[spaced(high**rho, low**rho, ramp, 1 / rho), 0],
        ("rho and 1 / rho have changed places."),
    )
    yield (
        "ascending",
        np.r_[right[::-1], 0],
        ("The levels go up; they go from sigma_max down to sigma_min."),
    )
    yield (
        "ascending from 0",
        np.r_[0, right[::-1]],
        ("The levels go up; they go from sigma_max down to sigma_min, and then 0."),
    )
    for other in (3.0, 7.0):
        if other != rho:
            series = spaced(high ** (1 / other), low ** (1 / other), ramp, other)
            yield f"rho {other:g}", np.r_[series, 0], f"rho is {other:g} here; use the argument."


def weight_stories(s: Array, d: float, pixels: int, images: int) -> Stories:
    """Wrong weights at (N,) levels, times c_out squared; right is 1."""
    total = s**2 + d**2
    c_out = s * d / np.sqrt(total)
    sizes = {"sum": pixels * images, "sum over pixels": pixels, "sum over images": images}
    return {
        "none": (c_out**2, "The squares have no weight."),
        "1 / sigma^2": (c_out**2 / s**2, "The weight is 1 / sigma^2; it is 1 / c_out^2."),
        "not squared": (c_out, "The weight is 1 / c_out; it is 1 / c_out^2."),
        "upside down": (c_out**4, "The weight is upside down: it is 1 / c_out^2."),
        "c_out": (c_out**3, "The weight is c_out; it is 1 / c_out^2."),
        "product not squared": (
            c_out**2 * total / (s * d), "The product below the weight has to be squared."),
        "c_in^2": (c_out**2 / total, "The weight lacks its division by c_out^2."),
        "inside": (1 / c_out**2, "The weight is inside the square, so that it counts twice."),
        **{name: (factor + 0 * s, "The loss is a sum; it is the mean over all pixels.")
           for name, factor in sizes.items()},
    }  # fmt: skip


def weight_mistake(measured: Array, s: Array, d: float, pixels: int) -> Mistake | None:
    """Why the weight of (N,) images, times c_out squared, is not 1."""
    stories = weight_stories(s, d, pixels, len(s))
    return _named("edm weight", measured, np.ones_like(s), stories)


def target_mistake(
    on_answer: Array, on_x: Array, on_clean: Array, s: Array, d: float
) -> Mistake | None:
    """Why the loss is no multiple of (c_skip x + c_out F - x_0)^2 at (N,) levels s.

    Args:
        on_answer, on_x, on_clean: (N,) factors of F, x and x_0 in the gradient.
    """
    x, clean = on_x / on_answer, on_clean / on_answer
    skip, out, *_ = oracles.edm_factors(s, d)

    def near(have: Array, want: Array | float) -> bool:
        return bool(np.all(np.abs(have - want) <= 1e-3 * np.maximum(np.abs(want), 1)))

    if near(clean * out, 0):
        words = "x_0 does not enter the comparison: D is compared with x_0, the clean image."
        return Mistake("edm target: no x_0", words)
    if near(clean * s, 1) and near(x * s, -1):
        return Mistake("edm target: noise", "F is compared with the noise; compare D with x_0.")
    if near(clean * s * out, 1) and near(x * s * out, skip * s - 1):
        return Mistake("edm target: D, noise", "D is compared with the noise; it estimates x_0.")
    if near(clean, -1) and near(x, 0):
        return Mistake("edm target: F", "F itself is compared with x_0; compare D, equation 19.")
    used_skip, used_out = -x / clean, -1 / clean
    return factor_mistake("c_skip", used_skip, s, d) or factor_mistake("c_out", used_out, s, d)


def level_mistake(logs: Array, mean: float, std: float) -> Mistake | None:
    """Why ln(sigma) of many images is not normal with this mean and standard deviation."""
    if np.ptp(logs) == 0:
        return Mistake("edm levels: one", "All images have the same sigma; each draws its own.")
    have, spread = float(logs.mean()), float(logs.std())
    error = 6 / np.sqrt(len(logs))
    log10, log2 = np.log(10), np.log(2)
    cases = {
        "sign": (-mean, std, "The mean of ln(sigma) has the wrong sign."),
        "variance": (mean, std**2, "p_std is squared; it is the standard deviation."),
        "root": (mean, std**0.5, "p_std has a root; it is the standard deviation."),
        "no mean": (0, std, "p_mean is missing."),
        "no std": (mean, 1, "p_std is missing."),
        "swapped": (std, abs(mean), "p_mean and p_std have changed places."),
        "factor": (mean * std, std, "p_mean is added to p_std times the noise, not before it."),
        "log10": (log10 * mean, log10 * std, "sigma is e to the power, not 10."),
        "log2": (log2 * mean, log2 * std, "sigma is e to the power, not 2."),
        "paper": (-1.2, 1.2, "The numbers are -1.2 and 1.2 here; use the arguments."),
        "half": (mean / 2, std / 2, "sigma is the root of what it should be."),
    }
    near = {
        Mistake(f"edm levels: {name}", words)
        for name, (m, s, words) in cases.items()
        if abs(have - m) <= error * s and abs(spread / s - 1) <= error
    }
    right = abs(have - mean) <= error * std and abs(spread / std - 1) <= error
    return next(iter(near)) if len(near) == 1 and not right else None


def _named(prefix: str, measured: Array, right: Array, stories: Stories) -> Mistake | None:
    formulas = [Formula(right)]
    for name, (series, words) in stories.items():
        formulas.append(Formula(series, Mistake(f"{prefix}: {name}", words)))
    return recognise(measured, formulas, floor=FLOOR)

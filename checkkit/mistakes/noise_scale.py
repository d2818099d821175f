"""Wrong factors of a sampler's noise; right is the square root of one of two variances."""

from collections.abc import Iterator

import numpy as np

from .. import oracles
from ..oracles import Tables
from ..runner import Mistake
from .matching import MATCH, REJECTED, gap, only_one
from .symbols import Symbols

SILENT, LOUD = 1e-5, 1e-4  # rounding leaves less than the first, rarely a little more


def silence_mistake(t: np.ndarray, noise: np.ndarray) -> Mistake | None:
    """Why the noise (K, N, H, W) added at t = T, ..., 1 is 0 in all or in some steps.

    At t = T noise that equals x_T is measured as 0.
    """
    largest = np.abs(noise).reshape(len(noise), -1).max(axis=1)
    if len(t) < 4 or t[-1] != 1 or largest[-1] > LOUD:
        return None
    if not (largest > LOUD).any():
        return Mistake(
            "sigma_t = 0", "No noise is added at all: every step but the last must add sigma_t z."
        )
    silent = largest <= SILENT
    if not (silent | (largest > LOUD)).all():
        return None
    early = sorted(t[1:-1][silent[1:-1]])
    if early and len(early) < len(t) - 2:
        where = ", ".join(str(step) for step in early[:4]) + (" ..." if len(early) > 4 else "")
        words = f"No noise is added at t = {where}: every step but the last, t = 1, must add noise."
        return Mistake("sigma_t = 0 too early", words)
    return None


def last_step_mistake(noise: np.ndarray, beta_1: float) -> Mistake | None:
    """Why the last step adds (N, H, W) noise: its variance is beta_1, up to six standard errors."""
    if not abs(np.mean(noise**2) / beta_1 - 1) <= 6 * np.sqrt(2 / noise.size):
        return None
    return Mistake(
        "noise at t = 1",
        "Noise is added in the last step too: at t = 1 the mean itself is the sample.",
    )


def scale_mistake(
    t: np.ndarray, one: tuple[Tables, np.ndarray], two: tuple[Tables, np.ndarray]
) -> Mistake | None:
    """Why the noise has this scale, from two chains with one seed and different tables.

    Both draw the same z, so the ratio of their noise is sigma_t / sigma'_t up to rounding. The size
    of the noise gives the constant factor.

    Args:
        t: (K,) whole numbers above 1.
        one, two: the tables of each chain, and its noise (K, N, H, W).
    """
    (tables, noise), (others, others_noise) = one, two
    axes = (1, 2, 3)
    ratio = (noise * others_noise).sum(axes) / (others_noise**2).sum(axes)
    rest = noise - ratio[:, None, None, None] * others_noise
    if not np.all((rest**2).sum(axes) <= MATCH**2 * (noise**2).sum(axes)):
        return None
    found = set()
    for name, (scale, other, story) in _scales(tables, others, t).items():
        size = np.mean((noise / scale[:, None, None, None]) ** 2)
        near = abs(size - 1) <= 6 * np.sqrt(2 / noise.size)
        if near and gap(ratio, scale / other, 0.1) <= REJECTED:
            found.add(Mistake(name, f"The noise is multiplied with {story}.") if story else None)
    return only_one(found)


def _scales(
    tables: Tables, others: Tables, t: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray, str]]:
    """Scales by name, for both tables, and what is wrong with each; "" for the two right ones."""
    here, there = dict(_candidates(tables, t)), dict(_candidates(others, t))
    return {name: (here[name][0], there[name][0], here[name][1]) for name in here}


def _candidates(tables: Tables, t: np.ndarray) -> Iterator[tuple[str, tuple[np.ndarray, str]]]:
    for name, deviation in oracles.step_noise_scales(tables).items():
        yield f"sigma_t = {name}", (deviation[t], "")
    beta, alpha, alpha_bar = Symbols(tables, t).at()
    before = Symbols(tables, t).at(-1)
    posterior = oracles.step_noise_scales(tables)["sqrt(posterior variance)"][t] ** 2
    root = "a standard deviation is the root of a variance"
    for name, scale, story in (
        ("beta_t", beta, f"beta_t, the variance; {root}"),
        ("posterior variance", posterior, f"the posterior variance; {root}"),
        ("1 - beta_t", alpha, "1 - beta_t; its variance is beta_t"),
        ("sqrt(1 - beta_t)", alpha**0.5, "sqrt(alpha_t); its variance is beta_t"),
        ("1", 1 + 0 * beta, "1; its variance is beta_t"),
        ("sqrt(1 - alpha_bar_t)", (1 - alpha_bar) ** 0.5, "sqrt(1 - alpha_bar_t), the noise of x_t "
         "as a whole; the step adds variance beta_t"),
        ("1 - alpha_bar_t", 1 - alpha_bar, "1 - alpha_bar_t; its variance is beta_t"),
        ("sqrt(alpha_bar_t)", alpha_bar**0.5, "sqrt(alpha_bar_t); its variance is beta_t"),
        ("beta_t^2", beta**2, "beta_t squared; its variance is beta_t"),
        ("sqrt(beta_(t-1))", before[0] ** 0.5, "the deviation of step t - 1; tables are indexed by "
         "t itself"),
    ):  # fmt: skip
        yield f"sigma_t = {name}", (scale, story)

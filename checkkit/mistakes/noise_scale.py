"""Wrong factors of a sampler's noise; right is the square root of one of two variances."""

from collections.abc import Iterator, Mapping

import numpy as np

from .. import oracles
from ..oracles import Tables
from ..runner import Mistake
from .matching import MATCH, REJECTED, gap, only_one
from .symbols import Symbols

Noises = Mapping[str, tuple[np.ndarray, str]]
CONSTANT = Mistake(
    "noise: a constant",
    "The same number is added to every pixel: a term has lost its factor, eps or x_0. Look at the "
    "brackets.",
)
SILENT, LOUD = 1e-5, 1e-4  # rounding leaves less than the first, rarely a little more


def silence_mistake(t: np.ndarray, noise: np.ndarray) -> Mistake | None:
    """Why the noise (K, N, H, W) added at these t, the last step among them, is 0 in some or all.

    At t = T noise that equals x_T is measured as 0.
    """
    largest = np.abs(noise).reshape(len(noise), -1).max(axis=1)
    if len(t) < 4 or largest[-1] > LOUD:
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
        words = f"No noise is added at t = {where}: every step but the last must add noise."
        return Mistake("sigma_t = 0 too early", words)
    return None


def last_step_mistake(noise: np.ndarray, variance: float) -> Mistake | None:
    """Why the last step, that to x_0, adds (N, H, W) noise of this variance, up to six standard
    errors.
    """
    if not abs(np.mean(noise**2) / variance - 1) <= 6 * np.sqrt(2 / noise.size):
        return None
    return Mistake(
        "noise at t = 1",
        "Noise is added in the last step too: there the mean itself is the sample.",
    )


def constant_mistake(noise: np.ndarray, choices: Mapping[str, np.ndarray]) -> Mistake | None:
    """Why the noise (K, N, H, W) of steps does not have the mean 0: a number is added to it.

    Args:
        choices: by name, the right deviations of the noise, each (K,).
    """
    constants = noise.mean(axis=(1, 2, 3))
    rest = np.sqrt(np.mean((noise - constants[:, None, None, None]) ** 2, axis=(1, 2, 3)))
    count, pixels = noise[0].size, noise[0, 0].size
    spread = np.mean((noise.mean(axis=(2, 3)) - constants[:, None]) ** 2, axis=1)
    for deviation in choices.values():
        error = 1e-4 + 6 * deviation / np.sqrt(count)
        # Images of rows that repeat have means far from each other.
        if np.any(spread > 1e-8 + 4 * deviation**2 / pixels):
            continue
        if np.all(np.abs(rest - deviation) <= error) and np.any(np.abs(constants) > error):
            return CONSTANT
    return None


def scale_mistake(one: tuple[Noises, np.ndarray], two: tuple[Noises, np.ndarray]) -> Mistake | None:
    """Why the noise has this scale, from two chains with one seed and different tables.

    Both draw the same z, so the ratio of their noise is sigma_t / sigma'_t up to rounding. The size
    of the noise gives the constant factor.

    Args:
        one, two: by name, what the noise of each chain could be multiplied by in each step, (K,),
            and what is wrong with it ("" if nothing); and its noise (K, N, H, W).
    """
    (scales, noise), (others, others_noise) = one, two
    axes = (1, 2, 3)
    ratio = (noise * others_noise).sum(axes) / (others_noise**2).sum(axes)
    rest = noise - ratio[:, None, None, None] * others_noise
    if not np.all((rest**2).sum(axes) <= MATCH**2 * (noise**2).sum(axes)):
        return None
    found = set()
    for name, (scale, story) in scales.items():
        size = np.mean((noise / scale[:, None, None, None]) ** 2)
        near = abs(size - 1) <= 6 * np.sqrt(2 / noise.size)
        if near and gap(ratio, scale / others[name][0], 0.1) <= REJECTED:
            found.add(Mistake(name, f"The noise is multiplied by {story}.") if story else None)
    return only_one(found)


def step_noises(tables: Tables, t: np.ndarray) -> Noises:
    """What the noise of equation 9 could be multiplied by at (K,) t above 1."""
    return dict(_step_noises(tables, t))


def _step_noises(tables: Tables, t: np.ndarray) -> Iterator[tuple[str, tuple[np.ndarray, str]]]:
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

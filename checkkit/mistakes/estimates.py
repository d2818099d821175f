"""Mistakes in the estimate of x_0 = (x - sqrt(1 - alpha_bar) eps) / sqrt(alpha_bar)."""

import numpy as np

from ..runner import Mistake
from .matching import Formula, recognise


def estimate_mistake(alpha_bars: np.ndarray, factors: np.ndarray) -> Mistake | None:
    """Why the estimate is made of x and eps with these (K, 2) factors, at (K,) alpha_bars."""
    a, one = alpha_bars, np.ones_like(alpha_bars)
    root, noise = np.sqrt(a), np.sqrt(1 - a)
    formulas = [Formula(_scaled(noise, root, a))]
    for name, p, q, story in (
        ("x - eps", one, one, "both factors are missing"),
        ("no roots", 1 - a, a, "both roots are missing"),
        ("no root below", noise, a, "the root of alpha_bar is missing below"),
        ("no root above", 1 - a, root, "the root of 1 - alpha_bar is missing before eps"),
        ("no division", noise, one, "the division by sqrt(alpha_bar) is missing"),
        ("no factor", one, root, "sqrt(1 - alpha_bar) is missing before eps"),
        ("sqrt(alpha_bar) twice", root, root, "the factor of eps is sqrt(1 - alpha_bar)"),
        ("swapped", root, noise, "both factors have changed places"),
        ("+ eps", -noise, root, "the predicted noise has to be subtracted"),
    ):
        words = f"The estimate is not that of equation A3: {story}."
        formulas.append(Formula(_scaled(p, q, a), Mistake(f"estimate: {name}", words)))
    measured = np.stack([factors[:, 0] * root, factors[:, 1] * root / noise])
    return recognise(measured, formulas)


def _scaled(p: np.ndarray, q: np.ndarray, alpha_bar: np.ndarray) -> np.ndarray:
    """The factors of (x - p eps) / q, in those of the right estimate."""
    root, noise = np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)
    return np.stack([root / q, -p / q * root / noise])


def mixture_mistake(
    alpha_bars: np.ndarray, alphas: np.ndarray, on_image: np.ndarray, on_noise: np.ndarray
) -> Mistake | None:
    """Why noisy images are on_image x_0 + on_noise eps at these (K,) alpha_bars and alphas.

    `on_noise` is known up to a common factor: the first one counts as 1.
    """
    if not on_noise.all():
        return None
    a, one = alpha_bars, np.ones_like(alpha_bars)

    def series(image: np.ndarray, noise: np.ndarray) -> np.ndarray:
        return np.stack([image, noise / noise[0]])

    formulas = [Formula(series(np.sqrt(a), np.sqrt(1 - a)))]
    for name, image, noise, story in (
        ("not scaled", one, np.sqrt(1 - a), "the factor of x_0 is missing"),
        ("noise not scaled", np.sqrt(a), one, "the factor of eps is missing"),
        ("neither scaled", one, one, "both factors are missing"),
        ("alpha", np.sqrt(alphas), np.sqrt(1 - alphas), "alpha_t is used in place of alpha_bar_t"),
        ("no roots", a, 1 - a, "both roots are missing"),
        ("no root of image", a, np.sqrt(1 - a), "the root is missing in the factor of x_0"),
        ("no root of noise", np.sqrt(a), 1 - a, "the root is missing in the factor of eps"),
        ("swapped", np.sqrt(1 - a), np.sqrt(a), "both factors have changed places"),
        ("noise minus image", np.sqrt(a), np.sqrt(a), "the factor of eps is sqrt(1 - alpha_bar_t)"),
    ):
        words = f"The mixture is not that of equation A1: {story}."
        formulas.append(Formula(series(image, noise), Mistake(f"noisy: {name}", words)))
    return recognise(series(on_image, on_noise), formulas)

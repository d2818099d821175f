"""Runs of `frechet_distance` and `fid`."""

from collections.abc import Sequence

import numpy as np

from checkkit.runner import Number


def probe_distances(diffusion, *, function, cases):
    evidence = {}
    for number, arguments in enumerate(cases):
        before = [argument.clone() for argument in arguments]
        value = getattr(diffusion.metrics, function)(*arguments)
        same = all(map(lambda a, b: bool((a == b).all()), before, arguments))
        evidence[f"distance_{number}"] = value.item() if hasattr(value, "item") else value
        evidence[f"changed_{number}"] = float(not same)
    return evidence


def run_distances(
    submission, function: str, cases: Sequence[Sequence[np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """The distances (K,) by `frechet_distance` or `fid`, and whether arguments were changed."""
    names = [f"{name}_{number}" for name in ("distance", "changed") for number in range(len(cases))]
    returns = {name: Number() for name in names}
    arguments = [[*case] for case in cases]
    evidence = submission.run(probe_distances, returns=returns, function=function, cases=arguments)
    values = np.array([evidence[name] for name in names])
    return values[: len(cases)], values[len(cases) :] > 0


def drawn_gaussian(
    rng: np.random.Generator, size: int, rank: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (F,) and a factor L (F, R) of the covariance L L^T, in no special direction."""
    return rng.standard_normal(size), rng.standard_normal((size, rank or size + 2))


def gaussian_arguments(
    one: tuple[np.ndarray, np.ndarray], two: tuple[np.ndarray, np.ndarray], dtype: str = "float64"
) -> list[np.ndarray]:
    """The four arguments of `frechet_distance`."""
    arguments = [part for mu, low in (one, two) for part in (mu, low @ low.T)]
    return [argument.astype(dtype) for argument in arguments]


def drawn_features(
    rng: np.random.Generator, count: int, size: int, mean: float = 3.0
) -> np.ndarray:
    """(N, F) float32 with a mean near `mean`, and features that depend on each other."""
    mixed = rng.standard_normal((count, size)) @ rng.standard_normal((size, size))
    return (mean + rng.standard_normal(size) + mixed).astype(np.float32)

"""Runs of `frechet_distance` and `fid`."""

from collections.abc import Sequence

import numpy as np

from checkkit.mistakes.frechet import COMPLEX
from checkkit.runner import CheckFailed, Flag, Number
from checkkit.verdicts.frechet import assert_fid


def probe_distances(diffusion, *, function, cases):
    evidence = {}
    for number, arguments in enumerate(cases):
        before = [argument.clone() for argument in arguments]
        value = getattr(diffusion.metrics, function)(*arguments)
        same = all(map(lambda a, b: bool((a == b).all()), before, arguments))
        value = value.item() if hasattr(value, "item") else value
        turned = isinstance(value, complex)
        evidence[f"{function} of case {number + 1}"] = value.real if turned else value
        evidence[f"imaginary {number}"] = value.imag if turned else 0.0
        evidence[f"complex {number}"] = turned
        evidence[f"changed {number}"] = not same
    return evidence


def run_distances(
    submission, function: str, cases: Sequence[Sequence[np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """The distances (K,) by `frechet_distance` or `fid`, and whether arguments were changed.

    Distances may be NaN.
    """
    numbers = range(len(cases))
    returns: dict = {f"{function} of case {number + 1}": Number(finite=False) for number in numbers}
    for number in numbers:
        returns[f"imaginary {number}"] = Number(finite=False)
        returns |= {f"{name} {number}": Flag() for name in ("complex", "changed")}
    arguments = [[*case] for case in cases]
    evidence = submission.run(probe_distances, returns=returns, function=function, cases=arguments)
    values = np.array([evidence[f"{function} of case {number + 1}"] for number in numbers])
    for number in numbers:
        if evidence[f"complex {number}"]:
            imaginary = evidence[f"imaginary {number}"]
            raise CheckFailed(
                f"{function} returns the complex number {values[number]:.6g} {imaginary:+.3g} i, "
                "expected a real number",
                COMPLEX,
            )
    return values, np.array([evidence[f"changed {number}"] for number in numbers])


def check_fid(submission, sets: Sequence[Sequence[np.ndarray]]) -> None:
    """`fid` of each pair of sets is right."""

    def own(cases: Sequence) -> np.ndarray:
        return run_distances(submission, "frechet_distance", cases)[0]

    assert_fid(run_distances(submission, "fid", sets)[0], sets, own)


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

"""Wrong formulas of the Fréchet distance, told from its values for several Gaussians."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..runner import Mistake
from .matching import Formula, recognise

Array = np.ndarray
Gaussian = tuple[Array, Array]  # mean (F,) and covariance (F, F)
Sets = Sequence[Sequence[Array]]  # features (N, F) and (M, F)


def frechet_mistake(
    measured: Array, gaussians: Sequence[Sequence[Gaussian]], right: Array
) -> Mistake | None:
    """Why `frechet_distance` of these pairs has these values, (K,) as the right ones."""
    formulas = [Formula(right), Formula(np.sqrt(right), ROOT)]
    parts = [_parts(one, two) for one, two in gaussians]
    for name, story, formula in FORMULAS:
        series = np.array([formula(*part) for part in parts])
        formulas.append(Formula(series, Mistake(f"frechet: {name}", story)))
    return recognise(measured, formulas)


COMPLEX = Mistake(
    "frechet: complex",
    "The eigenvalues of A B are real and not negative, but torch.linalg.eigvals returns complex "
    "numbers, and rounding leaves small imaginary parts: take the real part, and count negative "
    "ones as 0.",
)
ROOT = Mistake("frechet: root", "This is the root of the distance; equation 14 gives its square.")
# Of |mu_1 - mu_2|^2, tr(A + B), tr (A B)^(1/2), the difference of the means, A and B.
FORMULAS: tuple[tuple[str, str, Callable[..., float]], ...] = (
    ("norm", "The distance of the means is not squared.",
     lambda m, s, c, *_: m**0.5 + s - 2 * c),
    ("no 2", "The factor 2 of the root is missing.", lambda m, s, c, *_: m + s - c),
    ("plus", "The root is added; equation 14 subtracts it twice.",
     lambda m, s, c, *_: m + s + 2 * c),
    ("no means", "The means do not enter.", lambda m, s, c, *_: s - 2 * c),
    ("means only", "The covariances do not enter.", lambda m, *_: m),
    ("no root term", "The term with the root is missing.", lambda m, s, *_: m + s),
    ("mean", "The squares of the means are averaged; add them up.",
     lambda m, s, c, d, *_: m / len(d) + s - 2 * c),
    ("no root", "The product of the covariances has no root.",
     lambda m, s, c, d, a, b: m + s - 2 * np.trace(a @ b)),
    ("entries", "The root is taken of each entry; equation 14 has the root of a matrix.",
     lambda m, s, c, d, a, b: m + s - 2 * np.sqrt(np.abs(np.diag(a @ b))).sum()),
    ("diagonals", "Only the variances enter; the covariances off the diagonal count too.",
     lambda m, s, c, d, a, b: m + s - 2 * np.sqrt(np.diag(a) * np.diag(b)).sum()),
    ("root of trace", "The root is taken of the trace; take the trace of the root.",
     lambda m, s, c, d, a, b: m + s - 2 * np.sqrt(np.trace(a @ b))),
    ("roots apart", "The root of A and that of B are multiplied; take the root of the product.",
     lambda m, s, c, d, a, b: m + s - 2 * np.trace(_root(a) @ _root(b))),
    ("one covariance", "The root has the same covariance twice.",
     lambda m, s, c, d, a, b: m + s - 2 * np.trace(a)),
)  # fmt: skip


def fid_mistake(measured: Array, sets: Sets, right: Array) -> Mistake | None:
    """Why `fid` of these pairs of sets has these values, (K,) as the right ones."""
    over_n = np.array([frechet(gaussian(a, 0), gaussian(b, 0)) for a, b in sets])
    formulas = [Formula(right), Formula(over_n)]
    for mistake, series in _of_sets(sets):
        formulas.append(Formula(series, mistake))
    gaussians = [tuple(gaussian(x, 1) for x in pair) for pair in sets]
    found = recognise(measured, formulas)
    return found or frechet_mistake(measured, gaussians, right)


def _of_sets(sets: Sets) -> Iterator[tuple[Mistake, Array]]:
    for name, story, one in (
        ("not centred", "The means are not subtracted in the covariances.", _moments),
        ("not divided", "The covariances are sums; divide them by N or N - 1.", _sums),
    ):
        series = np.array([frechet(one(a), one(b)) for a, b in sets])
        yield Mistake(f"fid: {name}", story), series
    story = "One covariance is over N, the other over N - 1: divide in the same way in both."
    for ddofs in ((0, 1), (1, 0)):
        series = np.array([frechet(*map(gaussian, pair, ddofs)) for pair in sets])
        yield Mistake("fid: N and N - 1", story), series


def frechet(one: Gaussian, two: Gaussian) -> float:
    """Equation 14."""
    m, s, c, *_ = _parts(one, two)
    return m + s - 2 * c


def _parts(one: Gaussian, two: Gaussian) -> tuple:
    (mu_1, a), (mu_2, b) = one, two
    cross = np.linalg.svd(_root(a) @ _root(b), compute_uv=False).sum()
    return np.sum((mu_1 - mu_2) ** 2), np.trace(a) + np.trace(b), cross, mu_1 - mu_2, a, b


def _root(covariance: Array) -> Array:
    variances, axes = np.linalg.eigh(covariance)
    return axes * np.sqrt(variances.clip(0)) @ axes.T


def gaussian(x: Array, ddof: int) -> Gaussian:
    """Mean and covariance of features (N, F) float64."""
    return x.mean(0), np.cov(x, rowvar=False, ddof=ddof).reshape(x.shape[1], -1)


def _moments(x: Array) -> Gaussian:
    return x.mean(0), x.T @ x / len(x)


def _sums(x: Array) -> Gaussian:
    mu, cov = gaussian(x, 0)
    return mu, cov * len(x)

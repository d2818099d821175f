"""Tail probabilities under the null hypothesis that a submission is right.

Each function returns p: how often a right submission would look at least this odd. A p-value below
`ALARM` fails a check. No check computes more than ten of them, so that chance alone fails a right
submission in at most one of a million runs of a check (Bonferroni). Write `p >= ALARM`: NaN fails.
"""

import math

import numpy as np
import torch

ALARM = 1e-7


def normal_p(z: float) -> float:
    """Two-sided tail of a standard normal variable."""
    return math.erfc(abs(z) / math.sqrt(2)) if math.isfinite(z) else 0.0


def chi_square_p(total: float, dof: int) -> float:
    """Two-sided tail of a chi-square variable.

    Down to 1e-7 it is at least the exact tail, and at most twice that for dof >= 30.
    """
    return normal_p(_chi_square_z(total, dof))


def chi_square_excess_p(total: float, dof: int) -> float:
    """Upper tail of a chi-square variable: a sum that is too small is no fault."""
    z = _chi_square_z(total, dof)
    return math.erfc(z / math.sqrt(2)) / 2 if math.isfinite(z) else 0.0


def _chi_square_z(total: float, dof: int) -> float:
    """The cube root of Wilson and Hilferty (1931), about standard normal."""
    spread = 2 / (9 * dof)
    return (math.cbrt(total / dof) - (1 - spread)) / math.sqrt(spread)


def mean_square_p(values: np.ndarray) -> float:
    """Do the values, standard normal and independent under the null, have mean square 1?"""
    return chi_square_p(float(np.sum(np.square(values))), values.size)


def distribution_p(values: np.ndarray) -> float:
    """Are the values standard normal? Kolmogorov's distance, Dvoretzky-Kiefer-Wolfowitz bound."""
    ordered = np.sort(values, axis=None)
    below = torch.special.ndtr(torch.from_numpy(ordered)).numpy()
    n = ordered.size
    above_gap = np.arange(1, n + 1) / n - below
    below_gap = below - np.arange(n) / n
    distance = float(max(above_gap.max(), below_gap.max()))
    return min(1.0, 2 * math.exp(-2 * n * distance**2)) if math.isfinite(distance) else 0.0


def largest_correlation(vectors: np.ndarray) -> tuple[float, tuple[int, int], float]:
    """The most alike two of V vectors (V, m), independent and standard normal under the null.

    Returns:
        (correlation, (i, j), p). The angle between two normal vectors is uniform on the sphere,
        where |cos| exceeds r with probability at most (1 - r^2)^((m-1)/2); times all pairs.
    """
    count, m = vectors.shape
    if count < 2:
        return 0.0, (0, 0), 1.0
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, 0)
    i, j = np.unravel_index(np.argmax(np.abs(cosines)), cosines.shape)
    worst = float(cosines[i, j])
    pairs = count * (count - 1) / 2
    tail = max(0.0, 1 - worst**2) ** ((m - 1) / 2)
    return worst, (int(min(i, j)), int(max(i, j))), min(1.0, pairs * tail)


def products_p(products: np.ndarray) -> float:
    """Do the products of pairs of independent standard normal values average to 0?

    Their sum is normal but for a slightly heavier tail: exp(z^4 / 4n) bounds the excess.
    """
    z = float(np.sum(products)) / math.sqrt(products.size)
    return min(1.0, normal_p(z) * math.exp(min(z**4 / (4 * products.size), 700.0)))


def binomial_p(hits: int, trials: int, chance: float) -> float:
    """Chernoff's bound on seeing a count at least this far from trials * chance, either side.

    At chance 0 and 1 one exception is let pass: `rand() > 0` is false once in 2^24 draws.
    """
    share = hits / trials
    if chance in (0, 1):
        return float(abs(hits - trials * chance) <= 1)
    parts = [(share, chance), (1 - share, 1 - chance)]
    divergence = sum(have * math.log(have / want) for have, want in parts if have > 0)
    return min(1.0, 2 * math.exp(-trials * divergence))


def even_counts_p(counts: np.ndarray) -> float:
    """Pearson's chi-square: had each of K outcomes the same chance? Even counts pass."""
    mean = counts.sum() / counts.size
    return chi_square_excess_p(float(np.sum((counts - mean) ** 2) / mean), counts.size - 1)


def independence_p(table: np.ndarray) -> float:
    """Pearson's chi-square on a (2, K) table of counts without empty rows or columns: does the row
    depend on the column?
    """
    if table.shape[1] < 2:
        return 1.0
    total = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    return chi_square_excess_p(
        float(np.sum((table - expected) ** 2 / expected)), table.shape[1] - 1
    )

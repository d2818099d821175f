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


def chi_square_p(total: float, dof: int, share: float = 0.0) -> float:
    """Two-sided tail of a chi-square variable.

    Down to 1e-7 it is at least the exact tail, and at most twice that for dof >= 30.

    Args:
        share: of a larger sum of squares that is held fixed: it takes this share of the variance.
    """
    return normal_p(_chi_square_z(total, dof) / math.sqrt(1 - share))


def chi_square_excess_p(total: float, dof: int) -> float:
    """Upper tail of a chi-square variable: a sum that is too small is no fault."""
    z = _chi_square_z(total, dof)
    return math.erfc(z / math.sqrt(2)) / 2 if math.isfinite(z) else 0.0


def _chi_square_z(total: float, dof: int) -> float:
    """The cube root of Wilson and Hilferty (1931), about standard normal."""
    spread = 2 / (9 * dof)
    return (math.cbrt(total / dof) - (1 - spread)) / math.sqrt(spread)


def mean_square_p(values: np.ndarray, share: float = 0.0) -> float:
    """Do the values, standard normal and independent under the null, have mean square 1?

    Args:
        share: 1/k where each value stands for k numbers that were brought to mean square 1 before:
            what the values hold of their squares is then missing elsewhere.
    """
    return chi_square_p(float(np.sum(np.square(values))), values.size, share)


def mean_squares_p(fields: np.ndarray) -> float:
    """Has all of (N, H, W) mean square 1, and each of the N? One p-value (Bonferroni)."""
    each = len(fields) * min(mean_square_p(field) for field in fields)
    return min(1.0, 2 * min(mean_square_p(fields), each))


def distribution_p(values: np.ndarray) -> float:
    """Are the values standard normal? Kolmogorov's distance, Dvoretzky-Kiefer-Wolfowitz bound."""
    ordered = np.sort(values, axis=None)
    below = torch.special.ndtr(torch.from_numpy(ordered)).numpy()
    n = ordered.size
    above_gap = np.arange(1, n + 1) / n - below
    below_gap = below - np.arange(n) / n
    distance = float(max(above_gap.max(), below_gap.max()))
    return min(1.0, 2 * math.exp(-2 * n * distance**2)) if math.isfinite(distance) else 0.0


def times_p(t: np.ndarray, num_ts: int) -> float:
    """Are t in [0, 1] uniform, logit-normal, or uniform on k / T? The largest p of these."""
    with np.errstate(divide="ignore"):
        logits = np.log(t) - np.log1p(-t)
    p = [distribution_p(torch.special.ndtri(torch.from_numpy(t)).numpy()), distribution_p(logits)]
    whole = np.rint(t * num_ts).astype(int)
    if np.abs(t * num_ts - whole).max() <= 1e-3:
        counts = np.bincount(whole, minlength=num_ts + 1)
        inside = (counts[:-1], counts[1:], counts)  # from 0, to T, and from 0 to T
        p += [even_counts_p(one) for one in inside if one.sum() == len(t)]
    return max(p)


def largest_correlation(vectors: np.ndarray) -> tuple[float, tuple[int, int], float]:
    """The most alike two of V vectors (V, m), independent and standard normal under the null.

    Returns:
        (correlation, (i, j), p). One pair's cosine is that of an angle uniform on the sphere,
        r sqrt(m - 1) / sqrt(1 - r^2) follows Student's t with m - 1 degrees of freedom, and
        Wallace (1959) makes that normal. Any two pairs are independent, and so almost are all.
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
    left = max(1e-300, 1 - worst**2)
    tail = normal_p((8 * m - 7) / (8 * m - 5) * math.sqrt(-(m - 1) * math.log(left)))
    p = -math.expm1(pairs * math.log1p(-tail)) if tail < 1 else 1.0
    return worst, (int(min(i, j)), int(max(i, j))), p


def products_p(products: np.ndarray) -> float:
    """Do the products of pairs of independent standard normal values average to 0?

    Their sum is normal but for a slightly heavier tail: exp(z^4 / 4n) bounds the excess.
    """
    z = float(np.sum(products)) / math.sqrt(products.size)
    return min(1.0, normal_p(z) * math.exp(min(z**4 / (4 * products.size), 700.0)))


def binomial_p(hits: int, trials: int, chance: float) -> float:
    """How often a count is at least this far out, either side, of trials each with this chance?

    At chance 0 and 1 one exception is let pass: `rand() > 0` is false once in 2^24 draws.
    """
    if chance in (0, 1):
        return float(abs(hits - trials * chance) <= 1)
    k = torch.arange(trials + 1, dtype=torch.float64)
    odds = k * math.log(chance / (1 - chance))
    return _either_side(odds - _log_factorial(k) - _log_factorial(trials - k), hits)


def neighbours_p(drawn: np.ndarray) -> float:
    """Are neighbours in a row, some yes and some no, both yes as often as in any order of them?

    Given D yes among N, the pairs are distributed like the D - 1 marked ones among N in a draw of
    D (hypergeometric), since D minus the pairs counts the runs of yes.
    """
    total, yes = drawn.size, int(drawn.sum())
    lowest = max(0, 2 * yes - 1 - total)
    k = torch.arange(lowest, yes, dtype=torch.float64)
    parts = (k, yes - 1 - k, yes - k, total - 2 * yes + 1 + k)
    pairs = int(np.sum(drawn[1:] & drawn[:-1]))
    return _either_side(-sum(map(_log_factorial, parts), torch.zeros_like(k)), pairs - lowest)


def _log_factorial(k: torch.Tensor) -> torch.Tensor:
    return torch.special.gammaln(k + 1)


def _either_side(log_weights: torch.Tensor, observed: int) -> float:
    """Twice the smaller tail of the outcomes 0, 1, ... with these weights, `seen` in it."""
    chances = torch.softmax(log_weights, 0)
    return min(1.0, 2 * float(min(chances[: observed + 1].sum(), chances[observed:].sum())))


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

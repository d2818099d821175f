"""The scale s and the shift b between the output u of a stage and what the next takes, v = s u + b.

Both are the same at every pixel of a channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..runner import CheckFailed
from ..tapes import Entry, close
from .stages import SKIPS, read_stages

LIVE = 1e-3  # where pixels vary less than this, a channel's scale cannot be measured
DENSE = ("FCBlock", "linear", "conv")
MOST_VECTORS = 16  # a right network has 2 of a width, or 8 with all layers of its FCBlocks


@dataclass(frozen=True)
class Vector:
    """A conditioning vector (N, K) and the layer that it comes from; None for constants."""

    values: np.ndarray
    source: Entry | None = None


def constant(value: float, shape: tuple[int, int]) -> Vector:
    """No scale (1) or no shift (0)."""
    return Vector(np.full(shape, float(value)))


def below_and_taken(tape: Sequence[Entry], end: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """(u, v): an output of the stage below `end`, and the first or last channels that `end` takes.

    The skip in the other channels has checks of its own.
    """
    stages = read_stages(tape)
    x, lower = stages[end].input, stages[SKIPS[end][0]].outputs
    count = lower[0].shape[1]
    if x.shape[1] < count or x.shape[2:] != lower[0].shape[2:]:
        raise CheckFailed(f"{end} takes {x.shape[1]} channels, {SKIPS[end][0]} puts out {count}")
    return [(u, v) for u in lower for v in (x[:, :count], x[:, -count:])]


def paired(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    scales: Sequence[Vector],
    shifts: Sequence[Vector],
) -> tuple[Vector, Vector] | None:
    """The scale and the shift, among the candidates, that turn a u into its v."""
    for u, v in pairs:
        for s in scales:
            scaled = s.values[:, :, None, None] * u
            for b in shifts:
                if close(v, scaled + b.values[:, :, None, None]):
                    return s, b
    return None


def vectors_of(tape: Sequence[Entry], shape: tuple[int, int]) -> list[Vector]:
    """The outputs of FCBlocks and plain linear layers that have one number for each channel.

    Raises:
        CheckFailed: there are so many that not all pairs of them can be tried.
    """
    rows = [
        Vector(as_rows(e.output), e) for e in tape if e.kind in DENSE and len(e.output) == shape[0]
    ]
    vectors = [row for row in rows if row.values.shape == shape]
    if len(vectors) > MOST_VECTORS:
        raise CheckFailed(
            f"{len(vectors)} layers put out {shape[1]} numbers for each image, expected "
            f"{MOST_VECTORS} at most"
        )
    return vectors


def fitted(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Least squares v = s u + b per image and channel: s, b, where both are known, the misfit."""
    u, v = u.astype(np.float64), v.astype(np.float64)
    du, dv = (a - a.mean((2, 3), keepdims=True) for a in (u, v))
    live = du.std((2, 3)) > LIVE
    s = np.where(live, (du * dv).sum((2, 3)) / np.maximum((du**2).sum((2, 3)), 1e-12), 0)
    b = v.mean((2, 3)) - s * u.mean((2, 3))
    misfit = np.abs(dv - s[:, :, None, None] * du).max((2, 3))[live]
    return s, b, live, float(misfit.max(initial=0))


def relation_of(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> str:
    """How v comes from u, for messages."""
    s, b, live, misfit = min((fitted(u, v) for u, v in pairs), key=lambda fit: fit[3])
    if not misfit <= 1e-3 or not live.any():
        return "; it is not scaled and shifted by one number for each channel either"
    return (
        f"; it is scaled by {s[live].min():.3g} to {s[live].max():.3g} and shifted by "
        f"{b[live].min():.3g} to {b[live].max():.3g}"
    )


def function_of(
    rows: np.ndarray, key: np.ndarray, live: np.ndarray | None = None, tol: float = 1e-4
) -> bool:
    """Whether rows (N, K) are equal where the keys (N,) are, and differ where those differ."""
    live = np.ones(rows.shape, bool) if live is None else live

    def equal(i: int, j: int) -> bool:
        known = live[i] & live[j]
        return close(np.where(known, rows[i], 0), np.where(known, rows[j], 0), tol)

    return all(equal(i, j) == (key[i] == key[j]) for i in range(len(rows)) for j in range(i))


def as_rows(a: np.ndarray) -> np.ndarray:
    """(N, K), (N, K, 1, 1) and the like as (N, K) float64."""
    return np.float64(a).reshape(len(a), -1)

"""The symbols of the handout's formulas, beta, alpha and alpha_bar, for a series of t."""

import numpy as np

from ..oracles import Tables


class Symbols:
    """Tables looked up at (K,) whole t, NaN where a table has no such entry.

    `at(0)` is the entry of t itself, `at(-1)` that of t - 1.
    """

    def __init__(self, tables: Tables, t: np.ndarray):
        self._tables, self._t = tables, np.asarray(t)

    def at(self, shift: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """beta, alpha and alpha_bar, each (K,)."""
        tables, i = self._tables, self._t + shift
        outside = (i < 0) | (i >= len(tables.betas))
        beta, alpha, alpha_bar = (
            np.where(outside, np.nan, table[np.where(outside, 0, i)])
            for table in (tables.betas, tables.alphas, tables.alpha_bars)
        )
        return beta, alpha, alpha_bar


def index_of(shift: int) -> str:
    """The index t, (t-1) or (t+1) as text."""
    return "t" if not shift else f"(t{shift:+d})"

"""The letters of the handout's formulas by name, for a whole series of t at once."""

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
        found = []
        for table in (tables.betas, tables.alphas, tables.alpha_bars):
            values = table[np.where(outside, 0, i)]
            found.append(np.where(outside, np.nan, values))
        return tuple(found)


def index_of(shift: int) -> str:
    """t, t-1 or t+1 as an index is written."""
    return "t" if not shift else f"(t{shift:+d})"

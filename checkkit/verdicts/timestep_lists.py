"""Lists of timesteps from T down to 0, for checks of samplers that leave steps out."""

from collections.abc import Sequence

import numpy as np

SHOWN = 8  # timesteps in a message


def drawn_chain(
    rng: np.random.Generator, num_ts: int, steps: int
) -> tuple[float, float, tuple[int, ...]]:
    """beta_1, beta_T and timesteps of a chain that ends in noise: so many steps of different
    lengths from T = `num_ts` to 0.
    """
    between = 1 + rng.choice(num_ts - 1, size=steps - 1, replace=False)
    timesteps = (num_ts, *sorted(between.tolist(), reverse=True), 0)
    first, last = rng.uniform(0.003, 0.008), rng.uniform(0.2, 0.3)
    return 12 / num_ts * first, 12 / num_ts * last, timesteps


def shown(timesteps: Sequence[int]) -> str:
    """The list in a message, such as [45, 38, ..., 8, 0]."""
    words = [str(t) for t in timesteps]
    if len(words) > SHOWN:
        words[SHOWN - 3 : -2] = ["..."]
    return f"[{', '.join(words)}]"

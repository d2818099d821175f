"""The verdict on seeds: they decide the samples, and nothing else does."""

from collections.abc import Callable

import numpy as np

SAME = 1e-5


def assert_seed_decides(sampled: Callable[..., np.ndarray], rng: np.random.Generator) -> None:
    """Equal seeds give equal samples, others differ, and leaving the seed out means seed 0.

    Args:
        sampled: (state of the global generators, seed=...) -> the chain of one run.
    """
    (state, other_state), (seed, other_seed) = (
        [int(n) for n in 1 + rng.choice(2**31 - 1, size=2, replace=False)] for _ in range(2)
    )
    first = sampled(state, seed=seed)
    gap = _gap(first, sampled(other_state, seed=seed))
    assert gap <= SAME, (
        f"two runs with seed={seed} differ by up to {gap:.3g}: what they draw depends on what was "
        "drawn before"
    )
    assert _gap(first, sampled(state, seed=other_seed)) > SAME, (
        f"seed={seed} and seed={other_seed} give the same samples: the seed has no effect"
    )
    assert _gap(sampled(state, seed=0), sampled(other_state)) <= SAME, (
        "leaving out the seed differs from seed=0, the default"
    )


def draw_seeds(rng: np.random.Generator) -> tuple[int, int]:
    """A state for the global generators, and a seed for a sampler."""
    state, seed = (int(n) for n in rng.integers(2**31, size=2))
    return state, seed


def _gap(one: np.ndarray, two: np.ndarray) -> float:
    if one.shape != two.shape:
        return float("inf")
    one, two = (np.nan_to_num(chain.astype(np.float64)) for chain in (one, two))
    return float(np.abs(one - two).max())

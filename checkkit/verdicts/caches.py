"""Verdicts on what a sampler keeps for the animation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import oracles
from ..runner import CheckFailed, Mistake, expect
from ..runner.outcomes import Blocked
from .replay import LOOP, assert_followed, told_times
from .settings import Setting


def assert_cache_shape(evidence: Mapping[str, Any]) -> None:
    """Caches are (N, K, 1, H, W): the images kept of a sample stand side by side."""
    count, have = len(evidence["x_0"]), evidence["caches"].shape
    if have[0] != count:
        expected = f"({count}, any, {', '.join(map(str, have[2:]))})"
        swapped = Mistake(
            "caches: (K, N, 1, H, W)",
            "The first two dimensions of the caches have changed places: stack along dim=1.",
        )
        raise CheckFailed(
            f"caches has shape {have}, expected {expected}", swapped if have[1] == count else None
        )


def assert_caches(setting: Setting, evidence: Mapping[str, Any]) -> None:
    """The caches are states of the chain, at the t to keep, from before or after the step."""
    assert_cache_shape(evidence)
    assert_followed(evidence)
    T, kept = setting.num_ts, oracles.kept_timesteps(setting.num_ts)
    times, steps = told_times(evidence["rows"], T), len(evidence["states"])
    if steps != T or (times is not None and times[0] < times[-1]):
        raise Blocked(LOOP, f"With T={T} the loop does not run from T to 1 in {T} steps")
    caches = evidence["caches"].astype(np.float64).swapaxes(0, 1)
    expect(
        len(kept) <= len(caches) <= 2 * len(kept) + 2,
        f"caches hold {len(caches)} images of each sample, expected {len(kept)}",
    )
    states = np.concatenate([evidence["states"], evidence["x_0"][None]]).astype(np.float64)
    times, last = [], T
    for number, cache in enumerate(caches):
        gaps = np.abs(states - cache).reshape(len(states), -1).max(axis=1)
        best = int(np.nanargmin(gaps)) if np.isfinite(gaps).any() else 0
        expect(
            gaps[best] <= 1e-5,
            f"image {number} of the caches is no x_t of the run that returned it",
        )
        expect(T - best <= last, f"caches are out of order: x_{T - best} comes after x_{last}")
        last = T - best
        times.append(last)
    one = Mistake(
        "caches: one image",
        "All kept images are the same: the tensor that you append is changed later. Append a copy, "
        "x.clone().",
    )
    for t in kept:
        if t not in times and t - 1 not in times:
            raise CheckFailed(
                f"caches lack the step at t={t}: neither x_{t} nor x_{t - 1} is there",
                one if len(caches) > 1 and np.ptp(caches, axis=0).max() == 0 else None,
            )
    after, before = {t - 1 for t in kept}, set(kept)
    ends = {0, T}  # x_T and x_0 may stand at the ends of any form
    if any(set(times) | ends == form | ends for form in (after, before, after | before)):
        return
    if others := sorted(set(times) - after - before - ends):
        named = ", ".join(f"x_{t}" for t in others[:4])
        raise CheckFailed(
            f"caches hold {named} too ({len(others)} such states), expected those of the steps "
            "that the line keeps and no others"
        )
    raise CheckFailed(
        "caches hold the state after some steps and the one before others, expected the same in "
        "every step"
    )

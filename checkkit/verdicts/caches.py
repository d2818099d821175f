"""Verdicts on what a sampler keeps for the animation."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ..runner import CheckFailed, Mistake, expect
from ..runner.outcomes import Blocked
from .replay import assert_followed, told_times
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
    assert_followed(setting.loop, evidence)
    t_of, kept = setting.timesteps, setting.kept
    below = dict(pairwise(t_of))
    times, steps = told_times(evidence["rows"], setting.num_ts), len(evidence["states"])
    if steps != len(below) or (times is not None and times[0] < times[-1]):
        way = f"from {t_of[0]} to {t_of[-2]} in {len(below)} steps"
        raise Blocked(setting.loop, f"With {setting.asked} the loop does not run {way}")
    caches = evidence["caches"].astype(np.float64).swapaxes(0, 1)
    most = len(kept) if setting.keeps_all else 2 * len(kept) + 2
    expect(
        len(kept) <= len(caches) <= most,
        f"caches hold {len(caches)} images of each sample, expected {len(kept)}",
    )
    states = np.concatenate([evidence["states"], evidence["x_0"][None]]).astype(np.float64)
    times, last = [], t_of[0]
    for number, cache in enumerate(caches):
        gaps = np.abs(states - cache).reshape(len(states), -1).max(axis=1)
        best = int(np.nanargmin(gaps)) if np.isfinite(gaps).any() else 0
        expect(
            gaps[best] <= 1e-5,
            f"image {number} of the caches is no x_t of the run that returned it",
        )
        t = t_of[best]
        expect(t <= last, f"caches are out of order: x_{t} comes after x_{last}")
        last = t
        times.append(last)
    one = Mistake(
        "caches: one image",
        "All kept images are the same: the tensor that you append is changed later. Append a copy, "
        "x.clone().",
    )
    for t in kept:
        if t not in times and below[t] not in times:
            raise CheckFailed(
                f"caches lack the step at t={t}: neither x_{t} nor x_{below[t]} is there",
                one if len(caches) > 1 and np.ptp(caches, axis=0).max() == 0 else None,
            )
    after, before = {below[t] for t in kept}, set(kept)
    ends = {0, t_of[0]}  # x_T and x_0 may stand at the ends of any form
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

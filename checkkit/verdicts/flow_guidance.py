"""Verdicts on guidance in a sampler of flow matching."""

from collections.abc import Callable, Mapping

import numpy as np

from ..mistakes.flow import clipping_mistake
from ..runner import CheckFailed
from .flow_paths import FlowPath
from .guidance import Factors, assert_default_scale, assert_each_scale, assert_follows, same_shares
from .replay import MISFIT


def factors_of(path: FlowPath) -> Factors:
    """What a sampler does with both velocities in each step."""
    on_direction = np.bincount(path.step_of, path.guided.sum(axis=0))
    return Factors("v", path.steps, on_direction, np.full(len(path.steps), 1 / path.num_ts))


def assert_flow_guidance(path: FlowPath, scale: float) -> None:
    """v = v_uncond + w (v_cond - v_uncond), w = `scale`, in every step."""
    if path.clipped_at_will:
        return
    if not np.all(path.misfit <= MISFIT):
        raise CheckFailed(
            f"with guidance_scale={scale:g} your x is no sum of the noise and of both predictions",
            clipping_mistake(*path.ends),
        )
    factors = factors_of(path)
    steps = [f"in step k={k}" for k in range(len(factors.right))]
    assert_follows(factors, scale, steps, path.rows[:, 4])


def assert_flow_guidance_scales(paths: Mapping[float, FlowPath]) -> None:
    """Guidance is right at each of several scales."""
    assert_each_scale(paths, assert_flow_guidance, _shares, "v")


def assert_default_flow_guidance(path: FlowPath, explicit: Callable[[], FlowPath]) -> None:
    """Without guidance_scale it is 5; `explicit` samples with guidance_scale=5."""
    assert_default_scale(path, explicit, assert_flow_guidance, _shares)


def _shares(path: FlowPath, scale: float) -> np.ndarray:
    """Of v_uncond and of v_cond, (2,), relative to the right velocity; see `same_shares`."""
    return same_shares(factors_of(path), scale, bool(np.all(path.misfit <= MISFIT)))

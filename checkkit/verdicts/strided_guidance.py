"""Verdicts on guidance in iterative denoising: which scale a run used, and what it asked for."""

from collections.abc import Mapping

import numpy as np

from ..mistakes.matching import MATCH
from ..mistakes.strided_steps import strided_guidance_mistake
from ..runner import CheckFailed
from .replay import MISFIT, Replay

GUIDANCE = 2e-3


def assert_scales(replays: Mapping[float, Replay]) -> None:
    """eps = eps_uncond + w (eps_cond - eps_uncond) in the run at each scale w."""
    for scale, replay in replays.items():
        try:
            _assert_scale(replay, scale)
        except CheckFailed as error:
            used = np.array([_used_scale(run, w) for w, run in replays.items()])
            mistake = strided_guidance_mistake(np.array([*replays]), used, replay.rows)
            raise CheckFailed(str(error), mistake) from None


def _assert_scale(replay: Replay, scale: float) -> None:
    odd = ~(replay.misfit <= MISFIT)
    right = f"eps_uncond + {scale:g} (eps_cond - eps_uncond)"
    if odd.any():
        raise CheckFailed(
            f"at t={replay.timesteps[odd][0]} with scale={scale:g} your x' is no sum of x, the two "
            "predictions and noise"
        )
    # on_direction = on_eps (used - scale); where the step is wrong too, on_eps may be anything.
    size = np.maximum(
        np.abs(replay.on_eps), np.abs(replay.setting.coefficients[1][replay.timesteps])
    )
    wrong = ~(np.abs(replay.on_direction) <= GUIDANCE * max(1.0, abs(scale)) * size)
    if not wrong.any():
        return
    step = int(np.argmax(wrong))
    asked = f"with scale={scale:g} at t={replay.timesteps[step]}"
    for lacks, given in (("None", 0), ("cond", 1)):
        if not (replay.rows[:, 4] == given).any():
            raise CheckFailed(f"{asked} the model was never called with {lacks}, expected {right}")
    used = round(scale + replay.on_direction[step] / replay.on_eps[step], 4) + 0.0
    raise CheckFailed(
        f"{asked} you follow eps_uncond + {used:.4g} (eps_cond - eps_uncond), expected {right}"
    )


def _used_scale(replay: Replay, scale: float) -> float:
    """The scale that the function used; NaN unless it is the same in every step."""
    used = scale + replay.on_direction / replay.on_eps
    same = np.ptp(used) <= MATCH * max(1.0, abs(scale)) and np.all(replay.misfit <= MISFIT)
    return float(np.median(used)) if same else float("nan")

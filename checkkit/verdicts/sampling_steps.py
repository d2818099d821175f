"""Verdicts on a sampler's steps: the t it visits, its means."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ..mistakes.matching import only_one
from ..mistakes.timesteps import telling_mistake
from ..runner import CheckFailed, Mistake
from .replay import MISFIT, Replay, told_times
from .settings import Setting

ON_X = 2e-3  # absolute: A_t is about 1
ON_EPS = 2e-3  # relative: B_t shrinks with beta_t
LARGE = 1e6  # x that sensible steps never reach
TO_0 = Mistake(
    "loop: to t = 0",
    "The loop has a step with t = 0, which divides by 1 - alpha_bar_0 = 0; the last step is t = 1.",
)
NOT_FINITE = Mistake(
    "NaN or infinity",
    "The root of a negative number or a division by 0 gives NaN or infinity. Print each number "
    "below a root and each one that you divide by in this step: a fraction may be upside down, or "
    "a bracket misplaced.",
)


def assert_finite(evidence: Mapping[str, Any], setting: Setting) -> None:
    """The samples are numbers; a step with t = 0 divides by 1 - alpha_bar_0 = 0."""
    if np.isfinite(evidence["x_0"]).all():
        return
    chain = np.concatenate([evidence["states"], evidence["x_0"][None]])
    number = int(np.argmin(np.isfinite(chain).all(axis=(1, 2, 3, 4))))
    if not number:
        raise CheckFailed("x_T, the noise at the start, contains NaN or infinity")
    times = told_times(evidence["rows"], setting.num_ts)
    t = times[number - 1] if times is not None and number <= len(times) else None
    where = f"after step {number}{'' if t is None else f' (t={t})'} with {setting.asked}"
    assert_no_overflow(chain[:number], where)
    raise CheckFailed(f"x contains NaN or infinity {where}", TO_0 if t == 0 else NOT_FINITE)


def assert_no_overflow(before: np.ndarray, where: str) -> None:
    """The x before one that is not finite are not so large that they explain it."""
    sizes = np.abs(before).reshape(len(before), -1).max(axis=1)
    if sizes[-1] > LARGE:
        raise CheckFailed(
            f"x grows from step to step: up to {sizes[-1]:.1g}, and beyond all numbers {where}"
        )


def assert_timesteps(setting: Setting, rows: np.ndarray, num_images: int) -> None:
    """The sampler visits each of its timesteps once, and the net gets t / T for each image."""
    T, wanted = setting.num_ts, setting.timesteps[:-1]
    steps = int(rows[:, 0].max(initial=-1)) + 1
    if steps != len(wanted):
        raise CheckFailed(
            f"with {setting.asked} the net received {steps} different x_t, expected {len(wanted)}, "
            f"for t from {wanted[0]} to {wanted[-1]}",
            _loop_mistake(rows, setting),
        )
    for step, t in enumerate(wanted):
        here = rows[:, 0] == step
        times, expected = rows[here, 2], t / T
        off = np.abs(times - expected)
        if not np.all(off <= 1e-4):
            actual = times[np.argmax(np.nan_to_num(off, nan=np.inf))]
            raise CheckFailed(
                f"step {step + 1} with {setting.asked} is t={t}: the net received {actual:.6g}, "
                f"expected t/T = {expected:.6g}",
                _loop_mistake(rows, setting),
            )
        missing = set(range(num_images)) - set(rows[here, 1].astype(int).tolist())
        if missing:
            raise CheckFailed(f"at t={t} the net never received image {min(missing)}")


def _loop_mistake(rows: np.ndarray, setting: Setting) -> Mistake | None:
    """What is wrong with the loop, where each step passes one time for all images."""
    steps = rows[:, 0].astype(int)
    count = int(steps.max(initial=-1)) + 1
    if not 0 < count <= len(rows):
        return None
    times = np.bincount(steps, rows[:, 2], count) / np.bincount(steps, minlength=count)
    if not np.abs(rows[:, 2] - times[steps]).max() <= 1e-6:
        return None
    T, wanted, loop = setting.num_ts, setting.timesteps[:-1], setting.loop_mistake(times)
    if count != len(wanted):
        return loop
    return only_one({loop, telling_mistake(times, np.array(wanted), T)} - {None})


def mean_errors(replay: Replay) -> np.ndarray:
    """(3, S) errors of each step's mean, in tolerances: what is left over, A_t and B_t."""
    t = replay.timesteps
    want_x, want_eps = (table[t] for table in replay.setting.coefficients)
    allowed = np.full(len(t), ON_X)
    allowed[0] += 6 * replay.first_error
    return np.stack([
        _in_tolerances(replay.misfit, MISFIT),
        _in_tolerances(replay.on_x - want_x, allowed),
        _in_tolerances(replay.on_eps - want_eps, ON_EPS * np.abs(want_eps) + 1e-5),
    ])  # fmt: skip


def assert_step_mean(replay: Replay) -> None:
    """x' = A_t x_t + B_t eps + noise with the A_t and B_t of the setting in every step."""
    setting, t = replay.setting, replay.timesteps
    want_x, want_eps = (table[t] for table in setting.coefficients)
    odd, off_x, _ = errors = mean_errors(replay)
    off = errors.max(axis=0)
    wrong = off > 1
    if not wrong.any():
        return
    # t = T is the least precise step, so any other one explains the fault better.
    worst = 1 + int(np.argmax(off[1:])) if wrong[1:].any() else 0
    name = f"t={t[worst]} ({setting.asked})"
    after = dict(pairwise(setting.timesteps))[t[worst]]
    yours = "x_(t-1)" if after == t[worst] - 1 else f"x_{after}"
    total = f"; {wrong.sum()} of {len(t)} steps differ" if wrong.sum() > 1 else ""
    if odd[worst] > 1:
        raise CheckFailed(
            f"at {name} your {yours} is no sum of x_t, the predicted noise and fresh noise: "
            f"{100 * replay.misfit[worst]:.2g} % of it is left over{total}"
        )
    mistake = None
    if replay.whole and not (odd > 1).any():
        mistake = setting.mean_mistake(t, replay.on_x, replay.on_eps)
    if off_x[worst] > 1:
        raise CheckFailed(
            f"at {name} your {yours} uses {replay.on_x[worst]:z.4f} x_t, {setting.equation} gives "
            f"{want_x[worst]:.4f}{total}",
            mistake,
        )
    raise CheckFailed(
        f"at {name} your {yours} uses {replay.on_eps[worst]:z.4f} times the predicted noise, "
        f"{setting.equation} gives {want_eps[worst]:.4f}{total}",
        mistake,
    )


def _in_tolerances(errors: np.ndarray, tolerance: np.ndarray | float) -> np.ndarray:
    """How many tolerances large each error is; infinitely many for NaN."""
    return np.nan_to_num(np.abs(errors) / tolerance, nan=np.inf)

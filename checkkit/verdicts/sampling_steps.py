"""Verdicts on a sampler's steps: the t it visits, its means, its guidance, its classes."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np

from ..mistakes.guidance import default_mistake, guidance_mistake
from ..mistakes.matching import MATCH, only_one
from ..mistakes.timesteps import telling_mistake
from ..runner import CheckFailed, Mistake
from .replay import MISFIT, Replay, told_times
from .settings import Setting

ON_X = 2e-3  # absolute: A_t is about 1
ON_EPS = 2e-3  # relative: B_t shrinks with beta_t
GUIDANCE = 2e-3


class Guided(Protocol):
    """A run of a guided sampler; `rows` (R, 5) are the calls of the net."""

    @property
    def rows(self) -> np.ndarray: ...


R = TypeVar("R", bound=Guided)


def assert_finite(evidence: Mapping[str, Any], num_ts: int) -> None:
    """The samples are numbers; a step with t = 0 divides by 1 - alpha_bar_0 = 0."""
    if np.isfinite(evidence["x_0"]).all():
        return
    times = told_times(evidence["rows"], num_ts)
    to_0 = Mistake(
        "loop: to t = 0",
        "The loop has a step with t = 0, which divides by 1 - alpha_bar_0 = 0; the last step is "
        "t = 1.",
    )
    raise CheckFailed(
        "x_0 contains NaN or infinity", to_0 if times is not None and 0 in times else None
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


def assert_guidance(replay: Replay, scale: float) -> None:
    """eps = eps_uncond + w (eps_cond - eps_uncond), w = `scale`, in every step."""
    odd = ~(replay.misfit <= MISFIT)
    if odd.any():
        t = replay.timesteps[np.flatnonzero(odd)[0]]
        raise CheckFailed(
            f"at t={t}, guidance_scale={scale:g}, your x_(t-1) is no sum of x_t, "
            f"the two predictions and noise"
        )
    # on_direction = on_eps (actual - scale); where the step is wrong too, on_eps may be anything.
    right = np.abs(replay.setting.coefficients[1][replay.timesteps])
    size = np.maximum(np.abs(replay.on_eps), right)
    wrong = ~(np.abs(replay.on_direction) <= GUIDANCE * max(1.0, abs(scale)) * size)
    if wrong.any():
        step = int(np.flatnonzero(wrong)[0])
        actual = round(scale + replay.on_direction[step] / replay.on_eps[step], 4) + 0.0
        right = f"eps_uncond + {scale:g} (eps_cond - eps_uncond)"
        asked = f"with guidance_scale={scale:g} at t={replay.timesteps[step]}"
        assert_kept_and_dropped(replay.rows[:, 4], asked, right)
        raise CheckFailed(
            f"{asked} you follow eps_uncond + {actual:.4g} (eps_cond - eps_uncond), expected "
            f"{right}"
        )


def assert_kept_and_dropped(masks: np.ndarray, asked: str, right: str) -> None:
    """The calls of the net, by their masks, kept the class in some and dropped it in others."""
    for without, lacks in ((masks != 0, "dropped (mask 0)"), (masks == 0, "kept (mask 1)")):
        if without.all():
            raise CheckFailed(
                f"{asked} the net was never called with the class {lacks}, expected {right}"
            )


def assert_guidance_scales(replays: Mapping[float, Replay]) -> None:
    """Guidance is right at each of several scales."""
    assert_each_scale(replays, assert_guidance, _actual_scale)


def assert_each_scale(
    runs: Mapping[float, R],
    verdict: Callable[[R, float], None],
    actual_scale: Callable[[R, float], float],
) -> None:
    """The verdict holds for the run at each scale; else what all scales together show is named.

    Args:
        actual_scale: the scale that a run used where this one was asked; NaN if it used several.
    """
    for scale, run in runs.items():
        try:
            verdict(run, scale)
        except CheckFailed as error:
            actual = np.array([actual_scale(one, scale) for scale, one in runs.items()])
            mistake = guidance_mistake(np.array([*runs]), actual, run.rows)
            raise CheckFailed(str(error), mistake) from None


def assert_default_guidance_scale(replay: Replay, explicit: Callable[[], Replay]) -> None:
    """Without guidance_scale it is 5; `explicit` samples with guidance_scale=5."""
    assert_default_scale(replay, explicit, assert_guidance, _actual_scale)


def assert_default_scale(
    run: R,
    explicit: Callable[[], R],
    verdict: Callable[[R, float], None],
    actual_scale: Callable[[R, float], float],
) -> None:
    """The verdict holds for a run without guidance_scale as at scale 5; see `assert_each_scale`."""
    try:
        verdict(run, 5.0)
    except CheckFailed as error:
        default, passed = actual_scale(run, 5.0), actual_scale(explicit(), 5.0)
        known = np.isfinite(default) and abs(passed - 5) <= MATCH < abs(default - 5)
        raise CheckFailed(str(error), default_mistake(default) if known else None) from None


def _actual_scale(replay: Replay, scale: float) -> float:
    """The guidance scale that the sampler used; NaN unless it is the same in every step."""
    actual = scale + replay.on_direction / replay.on_eps
    same = np.ptp(actual) <= MATCH * max(1.0, abs(scale)) and np.all(replay.misfit <= MISFIT)
    return float(np.median(actual)) if same else float("nan")


def assert_classes(rows: np.ndarray, classes: np.ndarray) -> None:
    """With mask 1 the net gets the image's own class; masks are 0 or 1."""
    masks = rows[:, 4]
    if not np.isin(masks, (0, 1)).all():
        odd = masks[~np.isin(masks, (0, 1))][0]
        raise CheckFailed(f"the net received a mask of {odd:g}, expected 1 (keep) or 0 (drop)")
    own = classes[rows[:, 1].astype(int)]
    wrong = (masks == 1) & (rows[:, 3] != own)
    if wrong.any():
        image, actual = rows[wrong][0, 1], rows[wrong][0, 3]
        raise CheckFailed(
            f"image {image:g} has class {classes[int(image)]}, but the net received class "
            f"{actual:g} without mask 0; to drop a class pass mask 0, no class number stands for "
            "'none'"
        )

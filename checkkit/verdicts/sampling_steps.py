"""Verdicts on a sampler's steps: the t it visits, its means, its guidance and what it keeps."""

from collections.abc import Callable, Sequence

import numpy as np

from .. import oracles
from ..mistakes.guidance import default_mistake, guidance_mistake
from ..mistakes.matching import MATCH, only_one
from ..mistakes.sampling_steps import mean_mistake
from ..mistakes.timesteps import loop_mistake, telling_mistake
from ..runner import CheckFailed, Mistake
from .replay import MISFIT, Replay
from .settings import Setting

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between

ON_X = 2e-3  # absolute: A_t is about 1
ON_EPS = 2e-3  # relative: B_t shrinks with beta_t
GUIDANCE = 2e-3


@np.errstate(all="ignore")
def assert_timesteps(setting: Setting, rows: np.ndarray, num_images: int) -> None:
    """Every t from T down to 1, once each, the net told t / T for each image."""
    T = setting.num_ts
    steps = int(rows[:, 0].max(initial=-1)) + 1
    told = rows[:, 2]
    if steps != T:
        raise CheckFailed(
            f"with T={T} the net saw {steps} different x_t, expected {T}, for t from T to 1",
            _loop(rows, T),
        )
    for step in range(T):
        here = rows[:, 0] == step
        want = (T - step) / T
        off = np.abs(told[here] - want)
        if not np.all(off <= 1e-4):
            saw = told[here][np.argmax(np.nan_to_num(off, nan=np.inf))]
            raise CheckFailed(
                f"step {step + 1} of T={T} is t={T - step}: the net was told {saw:.6g}, "
                f"expected t/T = {want:.6g}",
                _loop(rows, T),
            )
        missing = set(range(num_images)) - set(rows[here, 1].astype(int).tolist())
        if missing:
            raise CheckFailed(f"at t={T - step} the net never saw image {min(missing)}")


def _loop(rows: np.ndarray, T: int) -> Mistake | None:
    """What is wrong with the times that a loop tells, where each step tells one to all images."""
    steps = rows[:, 0].astype(int)
    count = int(steps.max(initial=-1)) + 1
    told = np.array([rows[steps == step, 2].mean() for step in range(count)])
    if not count or np.abs(rows[:, 2] - told[steps]).max() > 1e-6:
        return None
    if count != T:
        return loop_mistake(told, T)
    found = {loop_mistake(told, T), telling_mistake(told, T - np.arange(T), T)} - {None}
    return only_one(found)


@np.errstate(all="ignore")
def assert_step_mean(found: Replay) -> None:
    """x_{t-1} = A_t x_t + B_t eps with the A_t and B_t of equation 9 in every step."""
    T = found.setting.num_ts
    all_on_x, all_on_eps = oracles.reverse_coefficients(found.setting.tables)
    t = found.times
    want_x, want_eps = all_on_x[t], all_on_eps[t]
    allowed = np.full(len(t), ON_X)
    allowed[0] += 6 * found.first_error
    # How many times the tolerance each step is off; NaN counts as far off.
    odd = _times(found.misfit, MISFIT)
    off_x = _times(found.on_x - want_x, allowed)
    off_eps = _times(found.on_eps - want_eps, ON_EPS * np.abs(want_eps) + 1e-5)
    wrong = (odd > 1) | (off_x > 1) | (off_eps > 1)
    if not wrong.any():
        return
    # t = T is the least precise step, so that any other one explains the fault better.
    off = np.maximum(np.maximum(odd, off_x), off_eps)
    worst = 1 + int(np.argmax(off[1:])) if wrong[1:].any() else 0
    name = f"t={t[worst]} (T={T})"
    total = f"; {wrong.sum()} of {len(t)} steps differ" if wrong.sum() > 1 else ""
    if odd[worst] > 1:
        raise CheckFailed(
            f"at {name} your x_(t-1) is no sum of x_t, the predicted noise and fresh noise: "
            f"{100 * found.misfit[worst]:.2g} % of it is left over{total}"
        )
    mistake = None
    if found.whole and not (odd > 1).any():
        mistake = mean_mistake(found.setting.tables, t, found.on_x, found.on_eps)
    if off_x[worst] > 1:
        raise CheckFailed(
            f"at {name} your x_(t-1) uses {found.on_x[worst]:.4f} x_t, equation 9 gives "
            f"{want_x[worst]:.4f}{total}",
            mistake,
        )
    raise CheckFailed(
        f"at {name} your x_(t-1) uses {found.on_eps[worst]:.4f} times the predicted noise, "
        f"equation 9 gives {want_eps[worst]:.4f}{total}",
        mistake,
    )


def _times(errors: np.ndarray, tolerance: np.ndarray | float) -> np.ndarray:
    return np.nan_to_num(np.abs(errors) / tolerance, nan=np.inf)


@np.errstate(all="ignore")
def assert_guidance(found: Replay, scale: float, rows: np.ndarray) -> None:
    """eps = eps_uncond + w (eps_cond - eps_uncond), w = `scale`, in every step."""
    odd = ~(found.misfit <= MISFIT)
    if odd.any():
        t = found.times[np.flatnonzero(odd)[0]]
        raise CheckFailed(
            f"at t={t}, guidance_scale={scale:g}, your x_(t-1) is no sum of x_t, "
            f"the two predictions and noise"
        )
    # on_direction = on_eps (followed - scale); where the step is wrong too, on_eps may be anything.
    right = np.abs(oracles.reverse_coefficients(found.setting.tables)[1][found.times])
    size = np.maximum(np.abs(found.on_eps), right)
    wrong = ~(np.abs(found.on_direction) <= GUIDANCE * max(1.0, abs(scale)) * size)
    followed = scale + found.on_direction / found.on_eps
    if wrong.any():
        step = int(np.flatnonzero(wrong)[0])
        kept, dropped = bool((rows[:, 4] != 0).any()), bool((rows[:, 4] == 0).any())
        why = ""
        if not dropped:
            why = "; the net was never asked with the class dropped (mask 0)"
        elif not kept:
            why = "; the net was never asked with the class kept (mask 1)"
        raise CheckFailed(
            f"with guidance_scale={scale:g} at t={found.times[step]} you follow "
            f"eps_uncond + {followed[step]:.4g} (eps_cond - eps_uncond), expected "
            f"eps_uncond + {scale:g} (eps_cond - eps_uncond){why}"
        )


def assert_guidance_scales(runs: Sequence[tuple[float, Replay, np.ndarray]]) -> None:
    """Guidance is right at each of several strengths: (scale, steps, rows that the net saw)."""
    for scale, found, rows in runs:
        try:
            assert_guidance(found, scale, rows)
        except CheckFailed as error:
            constant = [_followed(found, scale) for scale, found, _ in runs]
            scales = np.array([scale for scale, _, _ in runs])
            mistake = guidance_mistake(scales, np.array(constant), rows)
            raise CheckFailed(str(error), mistake) from None


def assert_default_guidance_scale(
    found: Replay, rows: np.ndarray, explicit: Callable[[], tuple[Replay, np.ndarray]]
) -> None:
    """Guidance is right at strength 5 without being told; `explicit` runs the same with 5 told."""
    try:
        assert_guidance(found, 5.0, rows)
    except CheckFailed as error:
        followed, told = _followed(found, 5.0), _followed(explicit()[0], 5.0)
        known = np.isfinite(followed) and abs(told - 5) <= MATCH < abs(followed - 5)
        raise CheckFailed(str(error), default_mistake(followed) if known else None) from None


@np.errstate(all="ignore")
def _followed(found: Replay, scale: float) -> float:
    """The strength that was followed, NaN unless it is the same in every step."""
    followed = scale + found.on_direction / found.on_eps
    same = np.ptp(followed) <= MATCH * max(1.0, abs(scale)) and np.all(found.misfit <= MISFIT)
    return float(np.median(followed)) if same else float("nan")


@np.errstate(all="ignore")
def assert_classes(rows: np.ndarray, classes: np.ndarray) -> None:
    """Wherever the class is kept, the net is told the image's own one; masks are 0 or 1."""
    masks = rows[:, 4]
    if not np.isin(masks, (0, 1)).all():
        odd = masks[~np.isin(masks, (0, 1))][0]
        raise CheckFailed(f"the net was given a mask of {odd:g}, expected 1 (keep) or 0 (drop)")
    own = classes[rows[:, 1].astype(int)]
    wrong = (masks == 1) & (rows[:, 3] != own)
    if wrong.any():
        image, told = rows[wrong][0, 1], rows[wrong][0, 3]
        raise CheckFailed(
            f"image {image:g} has class {classes[int(image)]}, but with mask 1 the net was told "
            f"class {told:g}; to drop a class pass mask 0, no class number stands for 'none'"
        )

"""Verdicts on the known pixels and the new ones of inpainting."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..mistakes.distributions import noise_mistake
from ..mistakes.edited import NO_LAST_PASTE, clipped_mistake, known_mistake
from ..mistakes.matching import only_one
from ..runner import CheckFailed, expect
from ..runner.outcomes import Blocked
from .edited import HELD, SAME, Edit, held, measured, pixels, refuse_wrong_steps, scaled
from .noise import assert_normal_noise, fresh
from .replay import Replay
from .statistics import ALARM, mean_square_p, mean_squares_p

LEFT = 1e-3  # of the known pixels
KNOWN = "After the step to t', the known pixels are sqrt(ab') x_0 + sqrt(1 - ab') eps, ab' at t'."


def assert_known_pixels(one: Edit, two: Edit, known: np.ndarray) -> None:
    """The known pixels (H, W) are those of x_0 with the noise of the t of each x but the first.

    Before the first step they may be pure noise, or x_0 with the noise of this t.
    """
    setting, steps = one.setting, range(1, len(one.run.states) - 1)
    t = np.array(setting.timesteps[1:-1])
    shares, misfits = np.array([held(one, two, step, known) for step in steps]).T
    others = np.array([held(one, two, step, ~known)[0] for step in steps])
    last = held(one, two, len(one.run.states) - 1, known)[0]
    first = held(one, two, 0, known)[0]
    bars = setting.tables.alpha_bars
    wanted, noise = np.sqrt(bars[t]), np.sqrt(1 - bars[t])
    left = np.array([
        np.std((one.run.states[step] - share * one.x_0)[:, known])
        for step, share in zip(steps, shares, strict=True)
    ])  # fmt: skip
    off = np.nan_to_num(np.maximum(np.abs(shares - wanted), misfits), nan=np.inf)
    mistake = known_mistake(bars, setting.listed, shares, left, others, last, first)
    clipped = clipped_mistake(one.run.states[1:-1][..., known])
    worst = int(np.argmax(off))
    if not off[worst] <= HELD:
        raise CheckFailed(
            f"with {setting.asked}, at t={t[worst]} the known pixels hold {shares[worst]:z.4f} "
            f"x_0, expected {wanted[worst]:.4f} x_0 and noise",
            mistake if (misfits <= HELD).all() else clipped,
        )
    fields = np.stack([
        ((one.run.states[step] - root * one.x_0) / size)[:, known]
        for step, root, size in zip(steps, wanted, noise, strict=True)
    ])  # fmt: skip
    new = np.logical_and.reduce([fresh(z) for z in fields])
    if not mean_squares_p(fields[:, new] if new.any() else fields) >= ALARM:
        squares = np.mean(np.square(fields), axis=(1, 2))
        odd = int(np.argmax(np.abs(np.log(np.maximum(squares, 1e-12)))))
        raise CheckFailed(
            f"with {setting.asked}, at t={t[odd]} the noise of the known pixels has standard "
            f"deviation {noise[odd] * np.sqrt(squares[odd]):.4f}, expected {noise[odd]:.4f}",
            noise_mistake(fields[odd][None, :, None]),
        )


def assert_known_in_result(edit: Edit, known: np.ndarray) -> None:
    """The known pixels (H, W), or (N, H, W), of the result are those of x_0, up to the noise that
    the table has at the last timestep.
    """
    setting, result = edit.setting, edit.run.states[-1]
    where = np.broadcast_to(known, result.shape)
    gaps = np.abs(result - edit.x_0)[where]
    allowed = LEFT + 7 * np.sqrt(1 - setting.tables.alpha_bars[setting.timesteps[-1]])
    if not gaps.max(initial=0) <= allowed:
        drawn = np.abs(result - edit.run.images[-1])[where].max() <= LEFT
        pasted = np.vdot(edit.run.states[-2][where], edit.x_0[where])
        before = pasted >= np.vdot(edit.x_0[where], edit.x_0[where]) / 2  # else it is about 0
        raise CheckFailed(
            f"with {setting.asked} the known pixels of the result differ from those of x_0 by up "
            f"to {gaps.max():.3g}, expected at most {allowed:.3g}",
            NO_LAST_PASTE if drawn and before else None,
        )


def assert_fresh_known_noise(edit: Edit, other: Edit, known: np.ndarray) -> None:
    """The noise of x at the start, of the known pixels after each step, and of each step, is
    independent; false-fail rate 1e-6.

    Args:
        known: (H, W) of which half the pixels are true.

    Raises:
        Blocked: a step is wrong, or what is pasted.
    """
    setting, steps = edit.setting, range(1, len(edit.run.states) - 1)
    replay = measured(edit, other, ~known)
    refuse_wrong_steps(replay)
    for step in steps:
        right = np.sqrt(setting.tables.alpha_bars[setting.timesteps[step]])
        if not np.abs(np.array(held(edit, other, step, known)) - [right, 0]).max() <= HELD:
            raise Blocked(KNOWN, "The known pixels are not those of equation A7")
    pasted = []
    for step in steps:
        alpha_bar = setting.tables.alpha_bars[setting.timesteps[step]]
        z = (edit.run.states[step] - np.sqrt(alpha_bar) * edit.x_0) / np.sqrt(1 - alpha_bar)
        pasted.append(pixels(z, known))
    added = replay.noise[replay.noisy]
    fields = np.array([replay.start, *pasted, *added])
    between = setting.timesteps[1:-1]
    names = [f"the noise of the known pixels at t={t}" for t in between]
    names += [f"the noise of the step at t={t}" for t in replay.timesteps[replay.noisy]]
    assert_normal_noise(
        "what inpaint draws",
        fields,
        ["the first x", *names],
        lambda: only_one({noise_mistake(scaled(np.array(g))) for g in (pasted, added)} - {None}),
    )


def assert_begins_with_noise(replay: Replay) -> None:
    """The first x is standard normal where new pixels are drawn."""
    z = replay.start
    if not mean_square_p(z[fresh(z)]) >= ALARM:
        raise CheckFailed(
            f"the new pixels of the first x have root mean square "
            f"{np.sqrt(np.mean(np.square(z))):.3f}, expected noise, of 1",
            noise_mistake(z[None]),
        )


def assert_hidden_pixels_idle(one: Mapping[str, Any], two: Mapping[str, Any]) -> None:
    """All x and the results of two x_0 that differ under the mask alone are equal."""
    gaps = [np.abs(one[name] - two[name]).max(initial=0) for name in ("states", "x_0")]
    expect(
        max(gaps) <= SAME,
        f"the pixels of x_0 where the mask is 1 change x by up to {max(gaps):.3g}, expected that "
        "they have no effect",
    )

"""Verdicts on image-to-image and on inpainting, from two runs with one seed.

Both runs draw the same noise. Their answers and their images x_0 differ, so that the noise cancels
in the difference of two x, and least squares give all factors up to rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..mistakes.distributions import noise_mistake
from ..mistakes.edited import NO_LAST_PASTE, known_mistake, seed_twice_mistake, start_mistake
from ..mistakes.matching import only_one
from ..runner import CheckFailed, expect
from ..runner.outcomes import Blocked
from .noise import assert_normal_noise, fresh
from .replay import Replay, Run, fit
from .sampling_steps import mean_errors
from .statistics import ALARM, mean_square_p
from .strided import StridedSetting

HELD = 1e-3  # of x_0 in x, absolute
SAME = 1e-5  # of two results
LEFT = 1e-3  # of the known pixels
KNOWN = "After the step to t', the known pixels are sqrt(ab') x_0 + sqrt(1 - ab') eps, ab' at t'."


@dataclass(frozen=True)
class Edit:
    """One run of a function that edits images.

    Attributes:
        setting: its chain.
        x_0: (N, H, W) float64, the images that are edited.
        directions: (S, N, H, W), as the spy's; None without guidance.
        guidance: what the answers are made for.
    """

    setting: StridedSetting
    run: Run
    x_0: np.ndarray
    directions: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        setting: StridedSetting,
        evidence: Mapping[str, Any],
        images: np.ndarray,
        x_0: np.ndarray,
        directions: np.ndarray | None = None,
    ) -> "Edit":
        """The run with this evidence; images and directions are (S, N, 1, H, W), x_0 (N, 1, H, W).

        Raises:
            Blocked: its steps are not those of the setting.
        """
        run = Run.of(setting, evidence, images)
        wanted = setting.timesteps[:-1]
        told = [run.rows[run.rows[:, 0] == step][0, 2] for step in range(len(run.states) - 1)]
        if len(told) != len(wanted) or not np.allclose(
            np.array(told) * setting.num_ts, wanted, atol=1e-4
        ):
            raise Blocked(setting.loop, f"With {setting.asked} the steps are others than expected")
        own = None if directions is None else directions[:, :, 0].astype(np.float64)
        return cls(setting, run, x_0[:, 0].astype(np.float64), own)


def measured(one: Edit, two: Edit, where: np.ndarray | None = None) -> Replay:
    """The steps of two runs, of all pixels or of those `where` a mask (H, W) is true.

    The first x is the same in both runs where it is pure noise. Then its factor counts as right;
    what is wrong with it is left over as noise.
    """

    setting, rows = one.setting, []
    for step in range(len(one.run.states) - 1):
        states, answers, after, directions = zip(
            *(_step(edit, step, where) for edit in (one, two)), strict=True
        )
        parts = [states, answers] if one.directions is None else [states, answers, directions]
        factors, misfit = fit([a - b for a, b in parts], after[0] - after[1])
        if not np.abs(states[0] - states[1]).max() > SAME:
            factors[0] = setting.coefficients[0][setting.timesteps[step]]
        rest = after[0] - sum(f * part[0] for f, part in zip(factors, parts, strict=True))
        rows.append(([*factors, 0.0][:3], misfit, rest))
    coefficients, misfits, noise = zip(*rows, strict=True)
    return Replay(
        setting,
        np.array(setting.timesteps[:-1]),
        *np.array(coefficients).T,
        misfit=np.array(misfits),
        noise=np.array(noise),
        start=_pixels(one.run.states[0], where),
        rows=two.run.rows,
    )


def _step(edit: Edit, step: int, where: np.ndarray | None) -> list[np.ndarray]:
    """x before a step, the model's answer, x after it, and the direction of guidance, if any."""
    run = edit.run
    direction = run.images if edit.directions is None else edit.directions
    fields = run.states[step], run.eps(step), run.states[step + 1], direction[step]
    return [_pixels(field, where) for field in fields]


def _pixels(fields: np.ndarray, where: np.ndarray | None) -> np.ndarray:
    """Those where a mask is true, in rows as wide as the images if that is possible."""
    if where is None:
        return fields
    chosen, width = fields[..., where], fields.shape[-1]
    rows = chosen.shape[-1] // width if chosen.shape[-1] % width == 0 else 1
    return chosen.reshape(*chosen.shape[:-1], rows, -1)


def held(one: Edit, two: Edit, step: int, where: np.ndarray | None = None) -> tuple[float, float]:
    """How much of x_0 the x before a step holds, and the share of the difference that is left."""
    mask = np.ones(one.x_0.shape[1:], bool) if where is None else where
    change = (one.run.states[step] - two.run.states[step])[:, mask]
    factors, misfit = fit([(one.x_0 - two.x_0)[:, mask]], change)
    return factors[0], misfit if np.abs(change).max() > SAME else 0.0


# for: editing_sdedit hidden_sdedit
def start_noise(edit: Edit) -> np.ndarray:
    """What the first x holds beside x_0, (N, H, W), scaled to variance 1 for the right t."""
    alpha_bar = edit.setting.tables.alpha_bars[edit.setting.timesteps[0]]
    return (edit.run.states[0] - np.sqrt(alpha_bar) * edit.x_0) / np.sqrt(1 - alpha_bar)


def assert_starts(pairs: Sequence[tuple[Edit, Edit]]) -> None:
    """The first x is x_0 with the noise of timesteps[i_start], for each pair's i_start."""
    settings = [one.setting for one, _ in pairs]
    shares, misfits = np.array([held(one, two, 0) for one, two in pairs]).T
    wanted = np.array([np.sqrt(s.tables.alpha_bars[s.timesteps[0]]) for s in settings])
    off = np.nan_to_num(np.maximum(np.abs(shares - wanted), misfits), nan=np.inf)
    worst = int(np.argmax(off))
    if not off[worst] <= HELD:
        places = np.array([setting.i_start for setting in settings])
        noise = np.array([_left(one, share) for (one, _), share in zip(pairs, shares, strict=True)])
        raise CheckFailed(
            f"with {settings[worst].asked} your first x holds {shares[worst]:.4f} x_0, at "
            f"t={settings[worst].timesteps[0]} equation A1 has {wanted[worst]:.4f}",
            start_mistake(settings[0].tables.alpha_bars, settings[0].listed, places, shares, noise)
            if (misfits <= HELD).all()
            else None,
        )
    for one, _ in pairs:
        z, s = start_noise(one), one.setting
        if not len(pairs) * mean_square_p(z[fresh(z)]) >= ALARM:  # the runs share the alarm
            t, size = s.timesteps[0], np.sqrt(np.mean(np.square(z)))
            right = np.sqrt(1 - s.tables.alpha_bars[t])
            raise CheckFailed(
                f"with {s.asked} the noise that you add to x_0 has standard deviation "
                f"{size * right:.4f}, at t={t} equation A1 has {right:.4f}",
                noise_mistake(z[None]),
            )


def _left(edit: Edit, share: float) -> float:
    """The standard deviation of what the first x holds beside so much of x_0."""
    return float(np.std(edit.run.states[0] - share * edit.x_0))


def assert_fresh_noise(edit: Edit, replay: Replay) -> None:
    """The noise added to x_0 and that of each step are independent; false-fail rate 1e-6."""
    z, t = start_noise(edit), replay.timesteps[replay.noisy]
    _refuse_wrong_steps(replay)
    fields = np.concatenate([z[None], _scaled(replay.noise[replay.noisy])])
    assert_normal_noise(
        "what sdedit draws",
        fields,
        ["the noise added to x_0", *(f"the noise of the step at t={step}" for step in t)],
        lambda: seed_twice_mistake(fields[0], fields[1]) or noise_mistake(fields),
    )


# end for
# for: editing_inpaint hidden_inpaint
def assert_known_pixels(one: Edit, two: Edit, known: np.ndarray) -> None:
    """The known pixels (H, W) are those of x_0 with the noise of the t of each x but the first.

    Before the first step they may be pure noise, or x_0 with the noise of this t.
    """
    setting, steps = one.setting, range(1, len(one.run.states) - 1)
    t = np.array(setting.timesteps[1:-1])
    shares, misfits = np.array([held(one, two, step, known) for step in steps]).T
    others = np.array([held(one, two, step, ~known)[0] for step in steps])
    last = held(one, two, len(one.run.states) - 1, known)[0]
    bars = setting.tables.alpha_bars
    wanted, noise = np.sqrt(bars[t]), np.sqrt(1 - bars[t])
    left = np.array([
        np.std((one.run.states[step] - share * one.x_0)[:, known])
        for step, share in zip(steps, shares, strict=True)
    ])  # fmt: skip
    off = np.nan_to_num(np.maximum(np.abs(shares - wanted), misfits), nan=np.inf)
    mistake = known_mistake(bars, setting.listed, shares, left, others, last)
    worst = int(np.argmax(off))
    if not off[worst] <= HELD:
        raise CheckFailed(
            f"with {setting.asked}, at t={t[worst]} the known pixels hold {shares[worst]:z.4f} "
            f"x_0, expected {wanted[worst]:.4f} x_0 and noise",
            mistake if (misfits <= HELD).all() else None,
        )
    for step, root, size, time in zip(steps, wanted, noise, t, strict=True):
        z = ((one.run.states[step] - root * one.x_0) / size)[:, known]
        if not len(t) * mean_square_p(z[fresh(z)]) >= ALARM:  # the steps share the alarm
            raise CheckFailed(
                f"with {setting.asked}, at t={time} the noise of the known pixels has standard "
                f"deviation {size * np.sqrt(np.mean(np.square(z))):.4f}, expected {size:.4f}",
                noise_mistake(z[None, :, None]),
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
    _refuse_wrong_steps(replay)
    for step in steps:
        right = np.sqrt(setting.tables.alpha_bars[setting.timesteps[step]])
        if not np.abs(np.array(held(edit, other, step, known)) - [right, 0]).max() <= HELD:
            raise Blocked(KNOWN, "The known pixels are not those of equation A7")
    pasted = []
    for step in steps:
        alpha_bar = setting.tables.alpha_bars[setting.timesteps[step]]
        z = (edit.run.states[step] - np.sqrt(alpha_bar) * edit.x_0) / np.sqrt(1 - alpha_bar)
        pasted.append(_pixels(z, known))
    added = replay.noise[replay.noisy]
    fields = np.array([replay.start, *pasted, *added])
    between = setting.timesteps[1:-1]
    names = [f"the noise of the known pixels at t={t}" for t in between]
    names += [f"the noise of the step at t={t}" for t in replay.timesteps[replay.noisy]]
    assert_normal_noise(
        "what inpaint draws",
        fields,
        ["the first x", *names],
        lambda: only_one({noise_mistake(_scaled(np.array(g))) for g in (pasted, added)} - {None}),
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


# end for
def _scaled(fields: np.ndarray) -> np.ndarray:
    """Each of (F, N, H, W) fields with root mean square 1."""
    sizes = np.sqrt(np.mean(np.square(fields), axis=(1, 2, 3), keepdims=True))
    return fields / np.maximum(sizes, 1e-300)


def _refuse_wrong_steps(replay: Replay) -> None:
    """Where the mean of a step is wrong, its noise cannot be told from the rest."""
    if (mean_errors(replay)[:, 1:] > 1).any():
        why = "The mean of a step is wrong, so that its noise cannot be told from the rest"
        raise Blocked(replay.setting.mean, why)

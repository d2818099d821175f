"""Verdicts on image-to-image and on inpainting, from two runs with one seed.

Both runs draw the same noise. Their answers and their images x_0 differ, so that the noise cancels
in the difference of two x, and least squares give all factors up to rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runner.outcomes import Blocked
from .replay import Replay, Run, fit
from .sampling_steps import mean_errors
from .strided import StridedSetting

HELD = 1e-3  # of x_0 in x, absolute
SAME = 1e-5  # of two results
LEFT = 1e-3  # of the known pixels


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
        start=pixels(one.run.states[0], where),
        rows=two.run.rows,
    )


def _step(edit: Edit, step: int, where: np.ndarray | None) -> list[np.ndarray]:
    """x before a step, the model's answer, x after it, and the direction of guidance, if any."""
    run = edit.run
    direction = run.images if edit.directions is None else edit.directions
    fields = run.states[step], run.eps(step), run.states[step + 1], direction[step]
    return [pixels(field, where) for field in fields]


def pixels(fields: np.ndarray, where: np.ndarray | None) -> np.ndarray:
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


def scaled(fields: np.ndarray) -> np.ndarray:
    """Each of (F, N, H, W) fields with root mean square 1."""
    sizes = np.sqrt(np.mean(np.square(fields), axis=(1, 2, 3), keepdims=True))
    return fields / np.maximum(sizes, 1e-300)


def refuse_wrong_steps(replay: Replay) -> None:
    """Where the mean of a step is wrong, its noise cannot be told from the rest."""
    if (mean_errors(replay)[:, 1:] > 1).any():
        why = "The mean of a step is wrong, so that its noise cannot be told from the rest"
        raise Blocked(replay.setting.mean, why)

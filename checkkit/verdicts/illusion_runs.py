"""The setting of a run that draws illusions, and what the model received and answered in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..runner import Array, CheckFailed, expect
from ..runner.outcomes import Blocked
from ..spies.illusions import STRANGE
from .strided import WholeSetting, assert_visits

SAME = 1e-6


@dataclass(frozen=True)
class IllusionSetting(WholeSetting):
    """What an illusion is drawn with."""

    conds: ClassVar[str] = "The model gets cond_1 and cond_2 as they were given."


def illusion_returns(setting: IllusionSetting, shape: tuple[int, ...]) -> dict:
    """The evidence of a run with x of this shape, (N, 1, H, W)."""
    return {
        "x_0": Array(shape, finite=False),
        "caches": Array((None, None, *shape[1:]), finite=False),
        "first": Array((None, *shape), finite=False),
        "rows": Array((None, 6), "float64", finite=False),
        "variances": Array((None, 3), "float64", finite=False),
        "x_after": Array(shape),
        "timesteps_after": Array((None,), "int64"),
    }


def turned(images: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Images (..., H, W) after a turn, (H W,)."""
    return images.reshape(*images.shape[:-2], -1)[..., places].reshape(images.shape)


def assert_asked(
    setting: IllusionSetting, evidence: Mapping[str, Any], turns: np.ndarray, x: np.ndarray
) -> None:
    """The model gets the x of each step, and nothing but this x, turned or as it is."""
    rows = evidence["rows"]
    assert_visits(setting, rows, x.shape[0])
    strange = rows[rows[:, 5] < 0]
    if len(strange):
        ways = "x of this step, as it is or turned" if len(turns) > 1 else "the x of this step"
        raise CheckFailed(
            f"at t={strange[0, 2] * setting.num_ts:.4g} the model received images that are not "
            f"{ways}"
        )
    if _start(evidence, turns, x) is None:
        raise CheckFailed(
            "in the first step the model received other images than the given x, expected x itself"
            + (" and turn(x)" if len(turns) > 1 else "")
        )


def assert_conds_passed(evidence: Mapping[str, Any], conds: np.ndarray) -> None:
    """The model gets the conditions (2, N) of each image as they were given, and both of them."""
    rows = evidence["rows"]
    told = rows[rows[:, 4] != 0]
    own = conds[:, told[:, 1].astype(int)]
    wrong = ~(told[:, 3] == own).any(axis=0)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise CheckFailed(
            f"for image {told[row, 1]:g} the model received {told[row, 3]:g} as cond, expected "
            f"cond_1 = {own[0, row]:g} or cond_2 = {own[1, row]:g}"
        )
    for name, values in zip(("cond_1", "cond_2"), own, strict=True):
        expect((told[:, 3] == values).any(), f"the model was never called with {name}")


def _start(evidence: Mapping[str, Any], turns: np.ndarray, x: np.ndarray) -> int | None:
    """The turn of x that the model got first; None if it got something else."""
    begun = evidence["first"][:1]
    near = (n for n, one in enumerate(turns) if np.abs(begun - turned(x, one)).max() <= SAME)
    return next(near, None) if len(begun) else None


@dataclass(frozen=True)
class IllusionRun:
    """One run: x before each step and after the last one, and what the model answered.

    Attributes:
        states: (S + 1, N, H, W) float64.
        eps: of each step, the answer (N, H, W) for each turn of x and kind of condition.
        rows: what the model received, see `IllusionSpy`.
        start: the turn of x that the model received first.
    """

    states: np.ndarray
    eps: Sequence[Mapping[tuple[int, int], np.ndarray]]
    rows: np.ndarray
    start: int

    @classmethod
    def of(
        cls,
        setting: IllusionSetting,
        evidence: Mapping[str, Any],
        answers: np.ndarray,
        turns: np.ndarray,
        x: np.ndarray,
        conds: np.ndarray,
    ) -> "IllusionRun":
        """The run with this evidence; the rest is what the spy got.

        Raises:
            Blocked: its steps cannot be followed.
        """
        try:
            assert_asked(setting, evidence, turns, x)
        except CheckFailed as error:
            raise Blocked(setting.loop, f"The steps cannot be followed: {error}") from None
        begun, rows = evidence["first"].astype(np.float64), evidence["rows"]
        start, caches = _start(evidence, turns, x) or 0, evidence["caches"].swapaxes(0, 1)
        states, eps = [], []
        for step, t in enumerate(setting.timesteps[:-1]):
            way = start
            if step and len(caches) == len(begun) and caches.shape[1:] == begun.shape[1:]:
                kept = caches[step - 1]
                fits = [np.abs(turned(begun[step], one) - kept).max() <= SAME for one in turns]
                way = fits.index(True) if True in fits else way
            states.append(turned(begun[step], turns[way])[:, 0])
            bar = float(setting.tables.alpha_bars[t])
            eps.append({})
            for turn, kind in _asked(rows, conds, step):
                if kind == STRANGE:
                    raise Blocked(setting.conds, "The model got a condition of its own")
                own = turned(begun[step], turns[turn])[:, 0]
                seen = answers[step, turn, kind, :, 0].astype(np.float64)
                of_state = _composed(turns, turn, way)
                eps[-1][of_state, kind] = (own - np.sqrt(bar) * seen) / np.sqrt(1 - bar)
        states.append(evidence["x_0"][:, 0].astype(np.float64))
        if not np.isfinite(states).all():
            raise CheckFailed("the images contain NaN or infinity")
        return cls(np.stack(states), eps, rows, start)


def _asked(rows: np.ndarray, conds: np.ndarray, step: int) -> set[tuple[int, int]]:
    """The turns of x and the kinds of conditions that the model was asked for in a step."""
    found = set()
    for _, image, _, value, given, turn in rows[rows[:, 0] == step]:
        own = conds[:, int(image)].tolist()
        kind = 0 if not given else own.index(value) + 1 if value in own else STRANGE
        found.add((int(turn), kind))
    return found


def _composed(turns: np.ndarray, one: int, two: int) -> int:
    """The turn that is both, one after the other; the first of them where none is."""
    both = turns[two][turns[one]]
    return next((n for n, turn in enumerate(turns) if np.array_equal(turn, both)), one)

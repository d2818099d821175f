"""A sampler's steps recovered from two runs that differ in the net's answers only.

x_{t-1} = A_t x_t + B_t eps + noise. Both runs draw the same noise, so that it cancels in their
difference, and least squares gives A_t and B_t up to rounding. What the fit leaves is the noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runner import Array, CheckFailed, Integer
from .settings import Setting

__tracebackhide__ = True  # pytest shows the check and your file, not what lies between

MISFIT = 1e-3
SAME_NOISE = 1e-6


def sampler_returns(images: np.ndarray) -> dict:
    """What a probe that ran a sampler brings back; images (T, N, 1, H, W) were the spy's."""
    num_ts, num_images, _, *img_hw = images.shape
    return {
        "x_0": Array((num_images, 1, *img_hw)),
        "caches": Array((None, None, 1, *img_hw), finite=False),  # see `assert_cache_shape`
        "states": Array((None, num_images, 1, *img_hw), finite=False),
        "rows": Array((None, 5), "float64", finite=False),
        "calls_in_train_mode": Integer(),
        "tracked_calls": Integer(),
        "calls_in_double": Integer(),
        "tables_change": Array((3, num_ts + 1), "float64"),
    }


@dataclass(frozen=True)
class Run:
    """One run of a sampler: its states x_T, ..., x_0 (S + 1, N, H, W) and the net's answers.

    Args:
        seen: evidence of `sampler_returns`.
        images: (T, N, 1, H, W), the spy's images.
    """

    setting: Setting
    states: np.ndarray
    images: np.ndarray

    @classmethod
    def of(cls, setting: Setting, seen: Mapping[str, Any], images: np.ndarray) -> "Run":
        states = np.concatenate([seen["states"], seen["x_0"][None]])[:, :, 0].astype(np.float64)
        if len(states) < 2:
            raise CheckFailed("the sampler never called the net")
        for step, state in enumerate(states):
            if not np.isfinite(state).all():
                raise CheckFailed(f"x_t is NaN or infinite at t={setting.num_ts - step}")
        return cls(setting, states, images[:, :, 0].astype(np.float64))

    def eps(self, step: int) -> np.ndarray:
        """What the net answered in a step, guidance at its right strength included."""
        sent = self.setting.inputs["tables"]["alpha_bars"]
        alpha_bar = float(sent[self.setting.num_ts - step])
        return (self.states[step] - np.sqrt(alpha_bar) * self.images[step]) / np.sqrt(1 - alpha_bar)


@dataclass(frozen=True)
class Replay:
    """The steps of a sampler, k-th entry t = T - k; S steps.

    Attributes:
        on_x, on_eps, on_direction: (S,) coefficients; on_x[0] carries the error `first_error`.
        misfit: (S,) share of the difference between the runs that the coefficients leave.
        noise: (S, N, H, W) what was added in the step, from the first run.
        start: (N, H, W), x_T.
        whole: as many steps were taken as there are; otherwise which t each one is for is a guess.
    """

    setting: Setting
    on_x: np.ndarray
    on_eps: np.ndarray
    on_direction: np.ndarray
    misfit: np.ndarray
    noise: np.ndarray
    start: np.ndarray
    whole: bool = True

    @property
    def times(self) -> np.ndarray:
        return self.setting.num_ts - np.arange(len(self.on_x))

    @property
    def first_error(self) -> float:
        """Standard error of on_x[0]: both runs share x_T, so that the step's noise blurs it."""
        return float(np.sqrt(self.setting.tables.betas[self.setting.num_ts] / self.start.size))


@np.errstate(all="ignore")
def replay(one: Run, two: Run, directions: tuple[np.ndarray, np.ndarray] | None = None) -> Replay:
    """Compare two runs of one seed and one random state.

    Args:
        directions: the spy's directions in both runs, each (T, N, 1, H, W).

    Raises:
        CheckFailed: the runs have different noise, or a step is no such sum at all.
    """
    setting = one.setting
    if len(one.states) != len(two.states):
        raise CheckFailed("two runs with the same seed took different numbers of steps")
    if np.abs(one.states[0] - two.states[0]).max() > SAME_NOISE:
        raise CheckFailed(
            "two runs with the same seed start from different noise, so that their steps "
            "cannot be compared; every random draw has to follow from `seed`"
        )
    steps = min(len(one.states) - 1, setting.num_ts)
    found, misfits, noise = [], [], []
    for step in range(steps):
        eps = one.eps(step), two.eps(step)
        columns = [one.states[step] - two.states[step], eps[0] - eps[1]]
        parts = [one.states[step], eps[0]]
        if directions is not None:
            d = [direction[step, :, 0].astype(np.float64) for direction in directions]
            columns.append(d[0] - d[1])
            parts.append(d[0])
        change = one.states[step + 1] - two.states[step + 1]
        factors, misfit = _fit(columns, change)
        rest = one.states[step + 1] - sum(f * part for f, part in zip(factors, parts, strict=True))
        if step == 0:
            start = one.states[0]
            factors[0] = float(np.vdot(start, rest) / np.vdot(start, start))
            rest = rest - factors[0] * start
        found.append([*factors, 0.0][:3])
        misfits.append(misfit)
        noise.append(rest)
    on_x, on_eps, on_direction = np.array(found).T
    return Replay(
        setting, on_x, on_eps, on_direction, np.array(misfits), np.array(noise), one.states[0],
        len(one.states) - 1 == setting.num_ts,
    )  # fmt: skip


def _fit(columns: list[np.ndarray], change: np.ndarray) -> tuple[list[float], float]:
    """Factors of the columns that make up `change` (0 for zeros), and the share left over."""
    matrix = np.stack([column.ravel() for column in columns], axis=1)
    lengths = np.linalg.norm(matrix, axis=0)
    used = lengths > 0
    factors = np.zeros(len(columns))
    factors[used] = np.linalg.lstsq(matrix[:, used] / lengths[used], change.ravel(), rcond=None)[0]
    factors[used] /= lengths[used]
    size = np.linalg.norm(change)
    rest = np.linalg.norm(change.ravel() - matrix @ factors)
    return factors.tolist(), float(rest / size) if size > 0 else 1.0

"""The steps of a sampler, measured on two runs that differ in the net's answers only.

x_{t-1} = A_t x_t + B_t eps + noise. Both runs draw the same noise, so that it cancels in their
difference, and least squares gives A_t and B_t up to rounding. What the fit leaves is the noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runner import Array, Integer, expect
from .settings import Setting

MISFIT = 1e-3
SAME_NOISE = 1e-6


def sampler_returns(images: np.ndarray) -> dict:
    """The evidence of a sampler's run; images (T, N, 1, H, W) are those of the spy."""
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
    """One run of a sampler.

    Attributes:
        states: x_T, ..., x_0, (S + 1, N, H, W) float64.
        images: (T, N, H, W) float64, the x_0 that the net's answers stand for.
        rows: (R, 5), what the net received for each image: step, image, t, class, mask.
    """

    setting: Setting
    states: np.ndarray
    images: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, setting: Setting, evidence: Mapping[str, Any], images: np.ndarray) -> "Run":
        """The run with this evidence of `sampler_returns`; images (T, N, 1, H, W) of the spy."""
        states = np.concatenate([evidence["states"], evidence["x_0"][None]])
        states = states[:, :, 0].astype(np.float64)
        expect(len(states) >= 2, "the sampler never called the net")
        for step, state in enumerate(states):
            expect(np.isfinite(state).all(), f"x_t is NaN or infinite at t={setting.num_ts - step}")
        return cls(setting, states, images[:, :, 0].astype(np.float64), evidence["rows"])

    def eps(self, step: int) -> np.ndarray:
        """The net's answer in a step; with classes, the rightly guided one."""
        sent = self.setting.inputs["tables"]["alpha_bars"]
        alpha_bar = float(sent[self.setting.num_ts - step])
        return (self.states[step] - np.sqrt(alpha_bar) * self.images[step]) / np.sqrt(1 - alpha_bar)


@dataclass(frozen=True)
class Replay:
    """The measured steps of a sampler, entry k for t = T - k; S steps.

    Attributes:
        on_x, on_eps, on_direction: (S,) coefficients; on_x[0] has the standard error `first_error`.
        misfit: (S,) share of the difference between the runs that the coefficients leave.
        noise: (S, N, H, W) what each step adds, in the first run.
        start: (N, H, W), x_T.
        rows: as in `Run`, of the second run.
        whole: there are T steps; otherwise the t of each step is a guess.
    """

    setting: Setting
    on_x: np.ndarray
    on_eps: np.ndarray
    on_direction: np.ndarray
    misfit: np.ndarray
    noise: np.ndarray
    start: np.ndarray
    rows: np.ndarray
    whole: bool = True

    @property
    def timesteps(self) -> np.ndarray:
        """The t of each step, (S,)."""
        return self.setting.num_ts - np.arange(len(self.on_x))

    @property
    def first_error(self) -> float:
        """Standard error of on_x[0]: both runs share x_T, so it is measured against noise."""
        return float(np.sqrt(self.setting.tables.betas[self.setting.num_ts] / self.start.size))


def replay(one: Run, two: Run, directions: tuple[np.ndarray, np.ndarray] | None = None) -> Replay:
    """Compare two runs with one seed and one random state.

    Args:
        directions: the spy's directions in both runs, each (T, N, 1, H, W).

    Raises:
        CheckFailed: the runs start from different noise or have different lengths.
    """
    setting = one.setting
    expect(
        len(one.states) == len(two.states),
        "two runs with the same seed took different numbers of steps",
    )
    expect(
        np.abs(one.states[0] - two.states[0]).max() <= SAME_NOISE,
        "two runs with the same seed start from different noise, so their steps cannot be "
        "compared; `seed` has to decide every random number",
    )
    steps = min(len(one.states) - 1, setting.num_ts)
    coefficients, misfits, noise = [], [], []
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
        coefficients.append([*factors, 0.0][:3])
        misfits.append(misfit)
        noise.append(rest)
    return Replay(
        setting,
        *np.array(coefficients).T,
        misfit=np.array(misfits),
        noise=np.array(noise),
        start=one.states[0],
        rows=two.rows,
        whole=len(one.states) - 1 == setting.num_ts,
    )


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

"""The steps of a sampler, measured on two runs that differ in the net's answers only.

x' = A_t x_t + B_t eps + noise, with x' = x_{t-1} unless the sampler leaves out some t. Both runs
draw the same noise, so that it cancels in their difference, and least squares gives A_t and B_t up
to rounding. What the fit leaves is the noise.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runner import Array, Integer, expect
from ..runner.outcomes import Blocked
from .settings import Setting

MISFIT = 1e-3
SAME_NOISE = 1e-6


def sampler_returns(setting: Setting, num_images: int, img_hw: tuple[int, int]) -> dict:
    """The evidence of a sampler's run."""
    return {
        "x_0": Array((num_images, 1, *img_hw), finite=False),  # see `sampling_steps.assert_finite`
        "caches": Array((None, None, 1, *img_hw), finite=False),  # see `assert_cache_shape`
        "states": Array((None, num_images, 1, *img_hw), finite=False),
        "rows": Array((None, 5), "float64", finite=False),
        "times": Array((None,), "int64"),
        "calls_in_train_mode": Integer(),
        "tracked_calls": Integer(),
        "calls_in_double": Integer(),
        "tables_change": Array((3, setting.num_ts + 1), "float64"),
    }


@dataclass(frozen=True)
class Run:
    """One run of a sampler.

    Attributes:
        states: x_T, ..., x_0, (S + 1, N, H, W) float64.
        images: (S, N, H, W) float64, the x_0 that the net's answers stand for.
        rows: (R, 5), what the net received for each image: step, image, t, class, mask.
        answered: the t for which the spy answered in each step.
    """

    setting: Setting
    states: np.ndarray
    images: np.ndarray
    rows: np.ndarray
    answered: np.ndarray

    @classmethod
    def of(cls, setting: Setting, evidence: Mapping[str, Any], images: np.ndarray) -> "Run":
        """The run with this evidence of `sampler_returns`; images (S, N, 1, H, W) of the spy."""
        states = np.concatenate([evidence["states"], evidence["x_0"][None]])
        states = states[:, :, 0].astype(np.float64)
        expect(len(states) >= 2, "the sampler never called the net")
        assert_followed(setting.loop, evidence)
        rows, steps = evidence["rows"], len(states) - 1
        times = told_times(rows, setting.num_ts)
        if steps > len(setting.timesteps) - 1 and times is not None and times[-1] == 0:
            states = states[:-1]  # the step of t = 0 is one too many
        for step, state in enumerate(states):
            finite = np.isfinite(state).all()
            expect(finite, f"the images are NaN or infinite after {step} of {steps} steps")
        images = images[:, :, 0].astype(np.float64)
        return cls(setting, states, images, rows, evidence["times"])

    def eps(self, step: int) -> np.ndarray:
        """The net's answer in a step; with classes, the rightly guided one."""
        sent = self.setting.inputs["tables"]["alpha_bars"]
        alpha_bar = float(sent[self.answered[step]])
        return (self.states[step] - np.sqrt(alpha_bar) * self.images[step]) / np.sqrt(1 - alpha_bar)


@dataclass(frozen=True)
class Replay:
    """The S measured steps of a sampler.

    Attributes:
        timesteps: (S,) the t of each step.
        on_x, on_eps, on_direction: (S,) coefficients; on_x[0] has the standard error `first_error`.
        misfit: (S,) share of the difference between the runs that the coefficients leave.
        noise: (S, N, H, W) what each step adds, in the first run.
        start: (N, H, W), x_T.
        rows: as in `Run`, of the second run.
    """

    setting: Setting
    timesteps: np.ndarray
    on_x: np.ndarray
    on_eps: np.ndarray
    on_direction: np.ndarray
    misfit: np.ndarray
    noise: np.ndarray
    start: np.ndarray
    rows: np.ndarray

    @property
    def whole(self) -> bool:
        """Each step begins where the one before ends."""
        t, wanted = self.timesteps.tolist(), self.setting.timesteps
        first = wanted.index(t[0])
        return t == [*wanted[first : first + len(t)]]

    @property
    def noisy(self) -> np.ndarray:
        """(S,) whether it is a step that adds noise: all but the one to x_0."""
        return self.timesteps > self.setting.timesteps[-2]

    @property
    def first_error(self) -> float:
        """Standard error of on_x[0]: both runs share x_T, so it is measured against noise."""
        scales = [scale[self.timesteps[0]] for scale in self.setting.noise_scales.values()]
        return float(max(scales) / np.sqrt(self.start.size))


def replay(one: Run, two: Run, directions: tuple[np.ndarray, np.ndarray] | None = None) -> Replay:
    """Compare two runs with one seed and one random state.

    Args:
        directions: the spy's directions in both runs, each (S, N, 1, H, W).

    Raises:
        CheckFailed: the runs start from different noise or have different lengths.
        Blocked: the t of the steps is not known.
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
    taken = len(one.states) - 1
    steps = min(taken, len(setting.timesteps) - 1)
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
        factors, misfit = fit(columns, change)
        rest = one.states[step + 1] - sum(f * part for f, part in zip(factors, parts, strict=True))
        if step == 0:
            start = one.states[0]
            factors[0] = float(np.vdot(start, rest) / np.vdot(start, start))
            rest = rest - factors[0] * start
        coefficients.append([*factors, 0.0][:3])
        misfits.append(misfit)
        noise.append(rest)
    measured = np.array(coefficients)
    t = _numbered(setting, measured, taken, told_times(two.rows, setting.num_ts))
    real = t >= 1
    return _with_first_noise(
        Replay(
            setting,
            t[real],
            *measured[real].T,
            misfit=np.array(misfits)[real],
            noise=np.array(noise)[real],
            start=one.states[0],
            rows=two.rows,
        )
    )


def assert_followed(loop: str, evidence: Mapping[str, Any]) -> None:
    """The net got each image in each step.

    Args:
        loop: the claim of the check of the loop.

    Raises:
        Blocked: it did not, so that nobody knows which x_t comes from which.
    """
    steps, count = evidence["states"].shape[:2]
    if len(np.unique(evidence["rows"][:, :2], axis=0)) < steps * count:
        raise Blocked(
            loop,
            f"The calls of the net cannot be put in order: of {steps} different times, it did not "
            f"get each of the {count} images at each",
        )


def told_times(rows: np.ndarray, num_ts: int) -> np.ndarray | None:
    """The t of each step by what the net was told, t / T or t; None unless all are whole and
    different.
    """
    steps = rows[:, 0].astype(int)
    told = rows[np.unique(steps, return_index=True)[1], 2]
    if not len(told) or not np.isfinite(told).all():
        return None
    told = told * num_ts if told.max() <= 1 else told
    times = np.rint(told).astype(int)
    near = np.abs(told - times).max() <= 1e-3 and times.min() >= 0 and times.max() <= num_ts
    return times if near and len(np.unique(times)) == len(times) else None


def _numbered(
    setting: Setting, measured: np.ndarray, taken: int, told: np.ndarray | None
) -> np.ndarray:
    """The t of S measured steps, (S, 3), of those taken: as they should be, or as the net is told.

    The net may be told a wrong t, and a loop may begin or end at one: what fits the closed form in
    more steps is right.
    """
    wanted, steps = np.array(setting.timesteps), len(measured)
    ways = [wanted[:steps]]
    known = told is not None and np.isin(told, wanted).all()
    if told is not None and known and len(told) >= steps:
        ways.append(told[:steps])
    elif steps < len(wanted) - 1 or (told is not None and not known and taken != steps):
        why = f"With {setting.asked} the sampler takes {taken} steps, and their t is not known"
        raise Blocked(setting.loop, why)
    right = np.stack(setting.coefficients)

    def fitting(t: np.ndarray) -> int:
        """The steps that are right, but for the first one, whose A_T is not measured exactly."""
        want = right[:, t[1:]].T
        return int(np.all(np.abs(measured[1:, :2] / want - 1) <= 2e-3, axis=1).sum())

    return max(ways if steps == len(wanted) - 1 else ways[::-1], key=fitting)


def _with_first_noise(replay: Replay) -> Replay:
    """Where the noise of the first step is x_T again, it is measured as part of A_T: part them."""
    t = replay.timesteps[0]
    right = replay.setting.coefficients[0][t]
    for scale in replay.setting.noise_scales.values():
        extra, rest = replay.on_x[0] - right, np.abs(replay.noise[0]).max()
        if scale[t] > 0 and abs(extra - scale[t]) <= 2e-3 and rest <= 1e-3:
            noise, on_x = replay.noise.copy(), replay.on_x.copy()
            noise[0], on_x[0] = extra * replay.start, right
            return dataclasses.replace(replay, noise=noise, on_x=on_x)
    return replay


def fit(columns: list[np.ndarray], change: np.ndarray) -> tuple[list[float], float]:
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

"""What each step of iterative denoising has to do, for the verdicts on samplers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from .. import oracles
from ..mistakes.noise_scale import Noises
from ..mistakes.strided_steps import Steps, strided_loop_mistake, strided_mistake, strided_noises
from ..runner import Array, CheckFailed, Mistake
from ..spies.editing import LEARNED
from .replay import Run
from .settings import Setting
from .timestep_lists import drawn_chain, shown

LAST = 0.2  # relative


@dataclass(frozen=True)
class StridedSetting(Setting):
    """A schedule with a list of timesteps, and the place in it at which the first step begins.

    Attributes:
        listed: the timesteps, descending.
        i_start: the place.
        clean: alpha_bar at t = 0; below 1, as some models have it, also the last step adds noise.
    """

    listed: tuple[int, ...] = ()
    i_start: int = 0
    clean: float = 1.0

    sampler: ClassVar[str] = "strided"
    equation: ClassVar[str] = "equation A4"
    next_x: ClassVar[str] = "x at t'"
    keeps_all: ClassVar[bool] = True
    mean: ClassVar[str] = "Each step has the mean of equation A4."
    loop: ClassVar[str] = (
        "The loop begins a step at each of the timesteps from i_start on but the last, and the "
        "model gets this t."
    )

    @classmethod
    def drawn_with(
        cls, rng: np.random.Generator, num_ts: int, steps: int, i_start: int, clean: float = 1.0
    ) -> Self:
        """So many steps of different lengths from T to 0, the first `i_start` left out."""
        beta_1, beta_T, listed = drawn_chain(rng, num_ts, steps)
        return cls(beta_1, beta_T, num_ts, listed, i_start, clean)

    @cached_property
    def tables(self) -> oracles.Tables:
        whole = oracles.schedule(self.beta_1, self.beta_T, self.num_ts)
        return oracles.Tables(whole.betas, whole.alphas, self.clean * whole.alpha_bars)

    @property
    def timesteps(self) -> tuple[int, ...]:
        return self.listed[self.i_start :]

    @property
    def arguments(self) -> Mapping[str, Any]:
        return {"timesteps": [*self.listed], "i_start": self.i_start}

    @property
    def kept(self) -> Sequence[int]:
        return self.timesteps[:-1]

    @property
    def asked(self) -> str:
        return f"timesteps={shown(self.listed)}, i_start={self.i_start}"

    @cached_property
    def coefficients(self) -> tuple[np.ndarray, np.ndarray]:
        return oracles.strided_coefficients(self.tables, self.timesteps)

    @cached_property
    def noise_scales(self) -> Mapping[str, np.ndarray]:
        posterior, beta = oracles.strided_variances(self.tables, self.timesteps)
        return {
            "the root of model.variance": np.sqrt(LEARNED * posterior),
            "the root of the posterior variance": np.sqrt(posterior),
            "the root of beta": np.sqrt(beta),
        }

    def noises(self, t: np.ndarray) -> Noises:
        return strided_noises(self._steps(t))

    def mean_mistake(self, t: np.ndarray, on_x: np.ndarray, on_eps: np.ndarray) -> Mistake | None:
        return strided_mistake(self._steps(t), on_x, on_eps)

    def loop_mistake(self, times: np.ndarray) -> Mistake | None:
        return strided_loop_mistake(times * self.num_ts, self.listed, self.i_start, self.num_ts)

    def _steps(self, t: np.ndarray) -> Steps:
        return Steps.at(self.tables, self.timesteps, t)


@dataclass(frozen=True)
class WholeSetting(StridedSetting):
    """A schedule with a list of timesteps, all of which are visited: there is no i_start."""

    loop: ClassVar[str] = (
        "The loop begins a step at each of the timesteps but the last, and the model gets this t."
    )

    @property
    def arguments(self) -> Mapping[str, Any]:
        return {"timesteps": [*self.listed]}

    @property
    def asked(self) -> str:
        return f"timesteps={shown(self.listed)}"


def editing_returns(setting: StridedSetting, num_images: int, img_hw: tuple[int, int]) -> dict:
    """The evidence of a run with a model's spy."""
    images = (num_images, 1, *img_hw)
    return {
        "x_0": Array(images, finite=False),
        "caches": Array((None, None, 1, *img_hw), finite=False),
        "states": Array((None, *images), finite=False),
        "rows": Array((None, 5), "float64", finite=False),
        "times": Array((None,), "int64"),
        "variances": Array((None, 3), "float64", finite=False),
        "x_after": Array(images),
        "timesteps_after": Array((None,), "int64"),
    }


def assert_visits(setting: StridedSetting, rows: np.ndarray, num_images: int) -> None:
    """The model gets each image at each of the timesteps from i_start on but the last."""
    wanted, T = setting.timesteps[:-1], setting.num_ts
    steps = int(rows[:, 0].max(initial=-1)) + 1
    times = np.array([rows[rows[:, 0] == step][0, 2] for step in range(steps)])
    told = np.rint(times * T * 1e6) / 1e6
    mistake = setting.loop_mistake(times)
    if steps != len(wanted):
        raise CheckFailed(
            f"with {setting.asked} the model received {steps} different x, expected "
            f"{len(wanted)}, for t from {wanted[0]} to {wanted[-1]}",
            mistake,
        )
    for step, t in enumerate(wanted):
        here = rows[rows[:, 0] == step]
        if not np.all(np.abs(here[:, 2] * T - t) <= 1e-4):
            raise CheckFailed(
                f"step {step + 1} with {setting.asked} begins at t={t}: the model received "
                f"t={told[step]:g}",
                mistake,
            )
        missing = set(range(num_images)) - set(here[:, 1].astype(int).tolist())
        if missing:
            raise CheckFailed(f"at t={t} the model never received image {min(missing)}")


def assert_begins_with(evidence: Mapping[str, Any], x: np.ndarray) -> None:
    """The first x that the model gets is the one that the function was given."""
    off = np.abs(evidence["states"][:1] - x[None]).max(initial=0)
    if not off <= 1e-6:
        raise CheckFailed(
            f"the first x that the model received differs from the given x by up to {off:.3g}, "
            "expected x itself"
        )


def assert_last_noise(*runs: Run) -> None:
    """Where alpha_bar at t = 0 is below 1, the last step adds the noise of the others, too.

    A standard deviation is wrong if it is off by a fifth, eighteen standard errors of 4,096 pixels.
    """
    setting = runs[0].setting
    t, rests = setting.timesteps[-2], []
    on_x, on_eps = (table[t] for table in setting.coefficients)
    for run in runs:
        before, after = run.states[-2:]
        rests.append(after - on_x * before - on_eps * run.eps(len(run.states) - 2))
    measured = float(np.sqrt(np.mean(np.square(rests))))
    scales = {name: float(scale[t]) for name, scale in setting.noise_scales.items()}
    if not any(abs(measured / scale - 1) <= LAST for scale in scales.values()):
        listed = " or ".join(f"{name} = {scale:.4f}" for name, scale in scales.items())
        raise CheckFailed(
            f"the last step goes to alpha_bar = {setting.tables.alpha_bars[0]:g} and adds noise of "
            f"standard deviation {measured:.4f}, expected {listed}"
        )


def assert_cond_passed(evidence: Mapping[str, Any], cond: np.ndarray | None) -> None:
    """The model gets the (N,) cond of each image, where it gets one; None if that is given."""
    rows = evidence["rows"]
    told = rows[rows[:, 4] != 0]
    if cond is None:
        if len(told):
            raise CheckFailed("without cond the model received one, expected None")
        return
    if not len(told):
        raise CheckFailed("the model never received cond, expected it as it was given")
    own = cond[told[:, 1].astype(int)]
    if not np.array_equal(told[:, 3], own):
        row = int(np.argmax(told[:, 3] != own))
        raise CheckFailed(
            f"for image {told[row, 1]:g} the model received {told[row, 3]:g} as cond, expected "
            f"{own[row]:g}"
        )


def assert_unchanged(setting: StridedSetting, evidence: Mapping[str, Any], x: np.ndarray) -> None:
    """The function does not change its arguments."""
    if not np.array_equal(evidence["x_after"], x):
        raise CheckFailed("x was changed in place")
    if evidence["timesteps_after"].tolist() != [*setting.listed]:
        raise CheckFailed("timesteps was changed in place")

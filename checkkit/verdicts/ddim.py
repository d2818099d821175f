"""What DDIM has to do in each step, for the verdicts on samplers."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from .. import oracles
from ..mistakes.ddim_steps import Steps, ddim_loop_mistake, ddim_mistake, ddim_noises
from ..mistakes.noise_scale import CONSTANT, Noises
from ..runner import CheckFailed, Mistake
from .noise import described
from .replay import Replay
from .settings import Setting
from .timestep_lists import drawn_chain, shown


@dataclass(frozen=True)
class DdimSetting(Setting):
    """A schedule with DDIM's list of timesteps, which ends in 0, and eta."""

    timesteps: tuple[int, ...] = ()
    eta: float = 0.0

    sampler: ClassVar[str] = "ddim"
    equation: ClassVar[str] = "equation 13"
    next_x: ClassVar[str] = "x_t'"
    keeps_all: ClassVar[bool] = True
    mean: ClassVar[str] = "x' = sqrt(alpha_bar') x_0 + sqrt(1 - alpha_bar' - sigma^2) eps + noise"
    loop: ClassVar[str] = (
        "The loop begins a step at each of the timesteps but the last, and the net gets t / T."
    )

    @classmethod
    def strided(
        cls, rng: np.random.Generator, num_ts: int, steps: int, eta: float
    ) -> "DdimSetting":
        """A chain that ends in noise, and so many steps of different lengths from T to 0."""
        beta_1, beta_T, timesteps = drawn_chain(rng, num_ts, steps)
        return cls(beta_1, beta_T, num_ts, timesteps, eta)

    def from_below(self) -> "DdimSetting":
        """The same without the first step, so that the list begins below T."""
        return dataclasses.replace(self, timesteps=self.timesteps[1:])

    @property
    def arguments(self) -> Mapping[str, Any]:
        return {"timesteps": [*self.timesteps]} | ({"eta": self.eta} if self.eta else {})

    @property
    def kept(self) -> Sequence[int]:
        return self.timesteps[:-1]

    @property
    def asked(self) -> str:
        return f"T={self.num_ts}, timesteps={shown(self.timesteps)}, eta={self.eta:g}"

    @cached_property
    def coefficients(self) -> tuple[np.ndarray, np.ndarray]:
        return oracles.ddim_coefficients(self.tables, self.timesteps, self.eta)

    @cached_property
    def noise_scales(self) -> Mapping[str, np.ndarray]:
        sigma = oracles.ddim_noise_scale(self.tables, self.timesteps, self.eta)
        return {"sigma (equation 12)": sigma}

    @property
    def places(self) -> np.ndarray:
        of_x, of_eps = self.coefficients
        in_x_0 = -of_x * np.sqrt(1 - self.tables.alpha_bars)
        return np.stack([in_x_0, of_eps - in_x_0])

    def noises(self, t: np.ndarray) -> Noises:
        return ddim_noises(self._steps(t))

    def mean_mistake(self, t: np.ndarray, on_x: np.ndarray, on_eps: np.ndarray) -> Mistake | None:
        return ddim_mistake(self._steps(t), on_x, on_eps)

    def loop_mistake(self, times: np.ndarray) -> Mistake | None:
        return ddim_loop_mistake(times, self.timesteps, self.num_ts)

    def _steps(self, t: np.ndarray) -> Steps:
        return Steps.at(self.tables, self.timesteps, t, self.eta)


def assert_no_noise(replay: Replay) -> None:
    """With eta = 0 no step adds noise."""
    left = np.sqrt(np.mean(np.square(replay.noise), axis=(1, 2, 3)))
    if not (left <= 1e-3).all():
        after = ~(left[1:] <= 1e-3)  # the first step is the least precise one
        step = 1 + int(np.argmax(after)) if after.any() else 0
        constant = np.ptp(replay.noise[step]) <= 1e-3
        raise CheckFailed(
            f"at t={replay.timesteps[step]} ({replay.setting.asked}) "
            f"{described(replay.noise[step])}, expected nothing beside the mean",
            CONSTANT if constant else None,
        )

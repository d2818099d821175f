"""The setting of one diffusion: its schedule as a check and as a probe need it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from .. import oracles
from ..mistakes.noise_scale import Noises, step_noises
from ..mistakes.sampling_steps import mean_mistake
from ..mistakes.timesteps import loop_mistake
from ..runner import Mistake


@dataclass(frozen=True)
class Setting:
    """beta_1, beta_T and T; the closed form's tables for the judge, float32 ones for the probe.

    It also says what a sampler has to do in each step, here the one of equation 9; a sampler with
    other steps has a subclass.

    Attributes:
        sampler: which sampler it is, for `checkkit.runs.samplers`.
        arguments: that it gets beside those that all samplers get.
        equation: that of a step.
        next_x: what a step computes.
        keeps_all: whether the caches are one image for each step, and not some of them.
        loop, mean: the claims of the checks of the loop and of a step, which others wait for.
    """

    beta_1: float
    beta_T: float
    num_ts: int

    sampler: ClassVar[str] = "ddpm"
    arguments: ClassVar[Mapping] = {}
    equation: ClassVar[str] = "equation 9"
    next_x: ClassVar[str] = "x_(t-1)"
    keeps_all: ClassVar[bool] = False
    loop: ClassVar[str] = "The loop visits every t from T down to 1, and the net gets t / T."
    mean: ClassVar[str] = (
        "x_{t-1} = (x_t - beta_t / sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_t) + noise, at every t."
    )

    @classmethod
    def drawn(cls, rng: np.random.Generator, num_ts: int) -> "Setting":
        """A short chain that ends in noise, with betas large enough to tell the steps apart."""
        return cls(float(rng.uniform(0.003, 0.008)), float(rng.uniform(0.2, 0.3)), num_ts)

    @cached_property
    def tables(self) -> oracles.Tables:
        return oracles.schedule(self.beta_1, self.beta_T, self.num_ts)

    @property
    def timesteps(self) -> tuple[int, ...]:
        """Where each step of a sampler begins, and 0, where the last one ends."""
        return tuple(range(self.num_ts, -1, -1))

    @property
    def kept(self) -> Sequence[int]:
        """The t of the steps that a sampler keeps an image of, for the animation."""
        return oracles.kept_timesteps(self.num_ts)

    @property
    def asked(self) -> str:
        """What the sampler was asked for, in words."""
        return f"T={self.num_ts}"

    @cached_property
    def coefficients(self) -> tuple[np.ndarray, np.ndarray]:
        """Of x and eps in the mean of the step that begins at t, each (T + 1,); else NaN."""
        return oracles.reverse_coefficients(self.tables)

    @cached_property
    def noise_scales(self) -> Mapping[str, np.ndarray]:
        """By name, the right standard deviations of the noise of these steps, each (T + 1,)."""
        return oracles.step_noise_scales(self.tables)

    @property
    def places(self) -> np.ndarray | None:
        """The factors of eps in both places where a step uses it, (2, T + 1); None: one place."""
        return None

    def noises(self, t: np.ndarray) -> Noises:
        """By name, what noise could be multiplied by at (K,) t, and what is wrong with it."""
        return step_noises(self.tables, t)

    def mean_mistake(self, t: np.ndarray, on_x: np.ndarray, on_eps: np.ndarray) -> Mistake | None:
        """Why the factors of x and of eps are these at (K,) t, without gaps from T down."""
        return mean_mistake(self.tables, t, on_x, on_eps)

    def loop_mistake(self, times: np.ndarray) -> Mistake | None:
        """Why the net is told these (K,) times, one in each step."""
        return loop_mistake(times, self.num_ts)

    @cached_property
    def inputs(self) -> dict:
        """What a probe gets; the tables are the stand-in for a schedule that is not right."""
        numbers = {"beta_1": self.beta_1, "beta_T": self.beta_T, "num_ts": self.num_ts}
        tables = {name: table.astype(np.float32) for name, table in asdict(self.tables).items()}
        return {**numbers, "tables": tables}


def clean_images(rng: np.random.Generator, count: int, height: int, width: int) -> np.ndarray:
    """Clean images to be noised: (count, 1, height, width) float32 in [0, 1]."""
    return rng.uniform(size=(count, 1, height, width)).astype(np.float32)


def answer_images(
    rng: np.random.Generator, setting: Setting, count: int, img_hw: tuple[int, int]
) -> np.ndarray:
    """Images that a net claims to see in a sampler, (S, count, 1, H, W) in [0.1, 0.9].

    Wherever the sampler clips to [0, 1] or [-1, 1], nothing of them is cut.
    """
    size = (len(setting.timesteps) - 1, count, 1, *img_hw)
    return rng.uniform(0.1, 0.9, size=size).astype(np.float32)

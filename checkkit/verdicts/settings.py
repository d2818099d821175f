"""The setting of one diffusion: its schedule as a check and as a probe need it."""

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from .. import oracles


@dataclass(frozen=True)
class Setting:
    """beta_1, beta_T and T; the closed form's tables for the judge, float32 ones for the probe."""

    beta_1: float
    beta_T: float
    num_ts: int

    @classmethod
    def drawn(cls, rng: np.random.Generator, num_ts: int) -> "Setting":
        """A short chain that ends in noise, with betas large enough to tell the steps apart."""
        return cls(float(rng.uniform(0.003, 0.008)), float(rng.uniform(0.2, 0.3)), num_ts)

    @cached_property
    def tables(self) -> oracles.Tables:
        return oracles.schedule(self.beta_1, self.beta_T, self.num_ts)

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
    """Images that a net claims to see in a sampler, (T, count, 1, H, W) in [0.1, 0.9].

    Wherever the sampler clips to [0, 1] or [-1, 1], nothing of them is cut.
    """
    size = (setting.num_ts, count, 1, *img_hw)
    return rng.uniform(0.1, 0.9, size=size).astype(np.float32)

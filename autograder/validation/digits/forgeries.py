"""Samples that no diffusion model drew, and that the checks of the digits must not accept.

    python -m autograder.validation.digits.forgeries

records the figures of each of them beside those of the wrong implementations.
"""

from collections.abc import Callable

import numpy as np
import torch

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY
from autograder.validation.digits import records
from autograder.validation.digits.version import code_version
from checkkit.registration import bend
from checkkit.runs.digits import REQUESTED, Tier, assess, subset

NO_NET = "none"  # in place of the net in the records
Samples = np.ndarray  # (100, 28, 28)


def draw(half: str, rng: np.random.Generator) -> Samples:
    """A real digit for each class requested, float32 in [0, 1]."""
    images, labels = subset(half)
    chosen = [rng.choice(np.flatnonzero(labels == c)) for c in REQUESTED]
    return images[chosen].astype(np.float32) / 255


def _noisy(digits: Samples, sigma: float, rng: np.random.Generator) -> Samples:
    return (digits + sigma * rng.standard_normal(digits.shape)).astype(np.float32)


def _bent(knots: int, pixels: float, rng: np.random.Generator) -> Samples:
    """Training digits, bent by a smooth field through knots * knots random displacements."""
    field = rng.normal(0, pixels, (len(REQUESTED), 2, knots, knots)).astype(np.float32)
    digits = torch.from_numpy(draw("train", rng))[:, None]
    return bend(digits, torch.from_numpy(field))[:, 0].numpy()


def _class_means() -> Samples:
    images, labels = subset("train")
    return np.stack([images[labels == c].mean(0) for c in REQUESTED]).astype(np.float32) / 255


FORGERIES: dict[str, Callable[[np.random.Generator], Samples]] = {
    # Training digits of the right class; each one pixel to the right and down; with a little
    # noise; with so much noise that they are no longer near.
    "pasted": lambda rng: draw("train", rng),
    "pasted_and_shifted": lambda rng: np.roll(draw("train", rng), (1, 1), (1, 2)),
    "pasted_with_noise": lambda rng: _noisy(draw("train", rng), 0.08, rng),
    "pasted_with_much_noise": lambda rng: _noisy(draw("train", rng), 0.2, rng),
    # Bent a little, more, and in smaller pieces.
    "bent": lambda rng: _bent(5, 0.8, rng),
    "bent_more": lambda rng: _bent(5, 1.2, rng),
    "bent_finely": lambda rng: _bent(8, 0.8, rng),
    # A real test digit, and the mean training digit, of each class, ten times.
    "one_digit_a_class": lambda rng: np.tile(draw("test", rng)[:10], (10, 1, 1)),
    "class_means": lambda rng: _class_means(),
    # Real test digits, each of the class after the one that was requested.
    "classes_swapped": lambda rng: np.roll(draw("test", rng), -1, 0),
    "noise": lambda rng: rng.standard_normal((len(REQUESTED), 28, 28)).astype(np.float32),
}


def run_of(name: str, tier: Tier) -> records.Run:
    """The figures of a forgery in the check of a tier."""
    quality = assess(FORGERIES[name](np.random.default_rng(0)), tier)
    return records.Run(
        name,
        NO_NET,
        0,
        **vars(quality),
        loss=0.0,
        seconds=0.0,
        tier=records.describe(tier),
        version=code_version(tier),
    )


def main() -> None:
    """Record each forgery for each tier, in the place of its older row."""
    for name in records.CALIBRATED:
        runs = [run_of(forgery, records.TIERS[name]) for forgery in FORGERIES]
        records.add(REPOSITORY.calibration / records.wrong_file(name), runs)


if __name__ == "__main__":
    run_alone(main)

"""Samples that no diffusion model drew, and that the digits' check must not take for digits.

    python -m autograder.validation.digits.forgeries

records what the judge sees in each of them beside the wrong implementations.
"""

from collections.abc import Callable

import numpy as np

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY
from autograder.validation.digits import records
from checkkit.runs.digits import CPU, REQUESTED, Tier, assess, subset

NO_NET = "none"  # stands for the net in the records

Forgery = Callable[[np.random.Generator], np.ndarray]


def draw(half: str, rng: np.random.Generator) -> np.ndarray:
    """A real digit for each class requested, (100, 28, 28) float32 in [0, 1]."""
    images, labels = subset(half)
    chosen = [rng.choice(np.flatnonzero(labels == c)) for c in REQUESTED]
    return images[chosen].astype(np.float32) / 255


def pasted(rng: np.random.Generator) -> np.ndarray:
    """Training digits of the right class."""
    return draw("train", rng)


def pasted_and_shifted(rng: np.random.Generator) -> np.ndarray:
    """The same, each one pixel to the right and down."""
    return np.roll(draw("train", rng), (1, 1), (1, 2))


def pasted_with_noise(rng: np.random.Generator) -> np.ndarray:
    """The same under a little noise."""
    digits = draw("train", rng)
    return (digits + 0.08 * rng.standard_normal(digits.shape)).astype(np.float32)


def pasted_with_much_noise(rng: np.random.Generator) -> np.ndarray:
    """The same under so much noise that they are no longer near."""
    digits = draw("train", rng)
    return (digits + 0.2 * rng.standard_normal(digits.shape)).astype(np.float32)


def one_digit_a_class(rng: np.random.Generator) -> np.ndarray:
    """A real test digit of each class, ten times."""
    return np.tile(draw("test", rng)[:10], (10, 1, 1))


def class_means(rng: np.random.Generator) -> np.ndarray:
    """The mean training digit of each class, ten times."""
    images, labels = subset("train")
    return np.stack([images[labels == c].mean(0) for c in REQUESTED]).astype(np.float32) / 255


def classes_swapped(rng: np.random.Generator) -> np.ndarray:
    """Real test digits, each of the class after the one that was asked for."""
    return np.roll(draw("test", rng), -1, 0)


def noise(rng: np.random.Generator) -> np.ndarray:
    """Pure noise."""
    return rng.standard_normal((len(REQUESTED), 28, 28)).astype(np.float32)


FORGERIES: tuple[Forgery, ...] = (
    pasted,
    pasted_and_shifted,
    pasted_with_noise,
    pasted_with_much_noise,
    one_digit_a_class,
    class_means,
    classes_swapped,
    noise,
)


def run_of(forgery: Forgery, tier: Tier) -> records.Run:
    """What the judge of a tier sees in a forgery."""
    return records.Run(
        sampler=forgery.__name__,
        net=NO_NET,
        seed=0,
        **vars(assess(forgery(np.random.default_rng(0)))),
        loss=0.0,
        seconds=0.0,
        tier=records.describe(tier),
    )


def main() -> None:
    """Append a row for each forgery that is not yet recorded."""
    path = REPOSITORY.calibration / records.WRONG
    done = {run.sampler for run in records.read(path, CPU)}
    records.append(path, [run_of(one, CPU) for one in FORGERIES if one.__name__ not in done])


if __name__ == "__main__":
    run_alone(main)

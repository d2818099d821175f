"""Choose the small real MNIST subset that travels with the checks (tests/data/mnist_subset.npz).

Balanced and seeded: the same torchvision folder gives the same digits. Training digits come from
MNIST's training half and test digits from its test half, so that no digit stands on both sides.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY

TRAIN_DIGITS, TEST_DIGITS = 24_000, 4_000
SEED = 180


def balanced(labels: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Sorted indices of `size` digits, equally many of each class, drawn without replacement."""
    each = size // 10
    chosen = [rng.choice(np.flatnonzero(labels == c), each, replace=False) for c in range(10)]
    return np.sort(np.concatenate(chosen))


def main(
    root: Annotated[Path, typer.Argument(help="folder in which torchvision keeps MNIST")],
    output: Path = REPOSITORY.digits_subset,
) -> None:
    """Write the subset and print its size."""
    from torchvision.datasets import MNIST

    rng, arrays = np.random.default_rng(SEED), {}
    for half, size in (("train", TRAIN_DIGITS), ("test", TEST_DIGITS)):
        digits = MNIST(str(root), train=half == "train", download=False)
        images, labels = digits.data.numpy(), digits.targets.numpy().astype(np.uint8)
        chosen = balanced(labels, size, rng)
        arrays |= {f"{half}_images": images[chosen], f"{half}_labels": labels[chosen]}
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(output, **arrays)
    print(f"{output}: {TRAIN_DIGITS} + {TEST_DIGITS} digits, {output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    run_alone(main)

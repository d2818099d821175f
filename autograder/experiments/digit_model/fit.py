"""Fit the digit model to all of MNIST and write tests/data/digit_model.safetensors.

    python -m autograder.experiments.digit_model.fit data

A few seconds of one processor. Prints how many guided samples the trusted classifier recognises,
and refuses to write anything below 97 %.
"""

from pathlib import Path
from typing import Annotated

import torch
import typer
from diffusion.pretrained.digit_model import DIGITS, DigitModel
from safetensors.torch import save_file

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY
from autograder.exit_codes import ExitCode
from autograder.experiments.trained_runs.reference import load_mnist

from .sampling import GUIDANCE, guided_accuracy

REQUIRED = 0.97
KINDS, DIRECTIONS = 8, 6  # of each digit; of each kind
ROUNDS = 15
# Chosen: that of real digits beside their six directions is larger, and looks like noise.
REST = 0.002


def fitted(x: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    """The weights of the model, float32; see `DigitModel`.

    Args:
        x: (n, 1, 28, 28) float32 in [-1, 1].
        y: (n,) the digits.
    """
    means, directions, spreads, shares = [], [], [], []
    for digit in range(DIGITS):
        images = x[y == digit].flatten(1)
        kinds = kinds_of(images)
        for kind in range(KINDS):
            own = images[kinds == kind]
            means.append(own.mean(0))
            _, lengths, axes = torch.svd_lowrank(own - means[-1], DIRECTIONS + 6, niter=3)
            directions.append(axes[:, :DIRECTIONS].T)
            spreads.append(lengths[:DIRECTIONS] ** 2 / len(own))
            shares.append(len(own) / len(x))
    return {
        "means": torch.stack(means),
        "directions": torch.stack(directions),
        "spreads": torch.stack(spreads),
        "shares": torch.tensor(shares),
        "rest": torch.tensor([REST]),
    }


def kinds_of(images: torch.Tensor) -> torch.Tensor:
    """A kind (n,) for each of the images (n, 784) of one digit, by k-means."""
    means = images[torch.randperm(len(images))[:KINDS]].clone()
    kinds = torch.zeros(len(images), dtype=torch.int64)
    for _ in range(ROUNDS):
        kinds = ((means**2).sum(1) - 2 * images @ means.T).argmin(1)
        for kind in kinds.unique():
            means[kind] = images[kinds == kind].mean(0)
    return kinds


def main(
    root: Annotated[Path, typer.Argument(help="folder of MNIST")],
    output: Path = REPOSITORY.digit_weights,
    samples: Annotated[int, typer.Option(help="to count at the end")] = 200,
    threads: int = 1,
) -> None:
    """Fit, count recognised samples, write the weights in half precision."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    digits, whole = load_mnist(True, root, subset=False)
    if not whole:
        typer.echo("MNIST cannot be had: nothing written", err=True)
        raise typer.Exit(ExitCode.FAILED)
    x, y = digits.tensors
    weights = {name: w.half().contiguous() for name, w in fitted(2 * x - 1, y).items()}
    reached = guided_accuracy(DigitModel(weights), samples)
    typer.echo(
        f"{reached:.1%} of {samples} samples at guidance {GUIDANCE:g} are recognised as their digit"
    )
    if not reached >= REQUIRED:
        typer.echo(f"less than {REQUIRED:.0%}: nothing written", err=True)
        raise typer.Exit(ExitCode.FAILED)
    save_file(weights, output)
    typer.echo(f"{output}: {output.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    run_alone(main)

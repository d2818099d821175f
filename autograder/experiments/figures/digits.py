"""The picture at the top of README.md: digits that the kept net of docs/runs/class draws.

python -m autograder.experiments.figures.digits                 a minute on a CPU
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY
from autograder.experiments.trained_runs.inference import sample, sampling_net
from autograder.experiments.trained_runs.run import Run, read_run
from checkkit.classifier import accuracy

ZOOM, GAP = 3, 4  # pixels of the picture for one of a digit, and between two digits


def draw(run: Run, classes: np.ndarray, seed: int) -> np.ndarray:
    """Samples at guidance 5 of the classes (N,) int64: (N, 28, 28) float32 in [0, 1]."""
    run.needs_weights()
    net = sampling_net(run, run.epochs[-1], torch.device("cpu"))
    x_0, _ = sample(run, net, torch.from_numpy(classes), seed, guidance=5.0)
    return x_0[:, 0].clip(0, 1).numpy()


def picture(samples: np.ndarray, rows: int) -> Image.Image:
    """A column for each class, `rows` digits below each other, white on black."""
    digits = (samples[: 10 * rows].clip(0, 1) * 255).astype(np.uint8)
    large = digits.repeat(ZOOM, 1).repeat(ZOOM, 2).reshape(rows, 10, 28 * ZOOM, 28 * ZOOM)
    framed = np.pad(large, ((0, 0), (0, 0), (GAP, 0), (GAP, 0)))
    side = 28 * ZOOM + GAP
    page = framed.transpose(0, 2, 1, 3).reshape(rows * side, 10 * side)
    return Image.fromarray(np.pad(page, (0, GAP)))


def main(
    run: Annotated[
        Path | None, typer.Option(help="a run of the preset class or tiny (the kept one)")
    ] = None,
    output: Path = REPOSITORY.digits_picture,
    count: Annotated[int, typer.Option(min=10, help="digits to draw and to count")] = 100,
    rows: Annotated[int, typer.Option(min=1, max=10, help="of ten digits, to show")] = 4,
    seed: int = 0,
) -> None:
    """Sample digits, draw the first rows, and say how many of all a classifier recognises."""
    classes = np.arange(count) % 10
    drawn = draw(read_run(run or REPOSITORY.class_run), classes, seed)
    output.parent.mkdir(parents=True, exist_ok=True)
    picture(drawn, rows).save(output, optimize=True)
    typer.echo(f"{output}: {accuracy(drawn, classes):.0%} of {count} are recognised as their class")


if __name__ == "__main__":
    run_alone(main)

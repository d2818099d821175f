"""The picture at the top of README.md: digits that the solution draws after a short training.

python -m autograder.figures.digits                 the net and training of `test_digits`
python -m autograder.figures.digits --width 32 --steps 6000      slower and cleaner
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from tests import test_digits as smoke
from tests.classifier import accuracy
from tests.seam.local import LocalRunner

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "digits.png"
ZOOM, GAP = 3, 4  # pixels of the picture for one of a digit, and between two digits


def draw(tier: smoke.Tier, seed: int, threads: int) -> np.ndarray:
    """Train the solution's net and sample: (100, 28, 28), digit i of class i % 10."""
    seen = LocalRunner(ROOT / "solution").run(
        smoke.probe_digits,
        returns=smoke.evidence(tier, finite=True),
        seed=seed,
        **smoke.probe_inputs(tier, np.random.default_rng(seed), threads),
    )
    return seen["samples"][:, 0]


def picture(samples: np.ndarray, rows: int) -> Image.Image:
    """A column for each class, `rows` digits below each other, white on black."""
    side = 28 * ZOOM
    page = np.zeros((rows * (side + GAP) + GAP, 10 * (side + GAP) + GAP), np.uint8)
    for at, sample in enumerate(samples[: 10 * rows]):
        top, left = (GAP + (side + GAP) * place for place in divmod(at, 10))
        grey = (sample.clip(0, 1) * 255).astype(np.uint8)
        page[top : top + side, left : left + side] = grey.repeat(ZOOM, 0).repeat(ZOOM, 1)
    return Image.fromarray(page)


def main(
    output: Path = PICTURE,
    samples: Annotated[
        Path | None, typer.Option(help="draw this .npy, (100, 28, 28), instead of training")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, max=10)] = 4,
    width: Annotated[int, typer.Option(help="D, the net's hidden channels")] = 16,
    steps: Annotated[int, typer.Option(help="training steps")] = smoke.CPU.steps,
    lr: float = smoke.CPU.lr,
    device: str = "cpu",
    seed: int = 0,
    threads: int = 2,
) -> None:
    """Train (half a minute and more), sample, draw; say how many digits a classifier can read."""
    tier = replace(smoke.CPU, num_hiddens=width, steps=steps, lr=lr, device=device)
    drawn = np.load(samples, allow_pickle=False) if samples else draw(tier, seed, threads)
    output.parent.mkdir(parents=True, exist_ok=True)
    picture(drawn, rows).save(output, optimize=True)
    typer.echo(f"{output}: {accuracy(drawn.clip(0, 1), smoke.REQUESTED):.0%} are what was asked")


if __name__ == "__main__":
    typer.run(main)

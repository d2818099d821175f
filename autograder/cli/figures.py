"""`autograder figures`: its options."""

from pathlib import Path
from typing import Annotated

import typer


def figures(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="folders of runs of python -m diffusion.train"),
    ],
    output: Annotated[Path, typer.Option(help="folder for the figures")] = Path("results/figures"),
    data: Annotated[
        Path | None, typer.Option(help="folder of MNIST", show_default="that of the run")
    ] = None,
    subset: Annotated[
        bool, typer.Option("--subset", help="use test digits of the small subset in tests/data")
    ] = False,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="seed of noise, samples and chosen digits")
    ] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
) -> None:
    """Draw the figures that students hand in, from runs of the solution, as diffusion.draw does."""
    from autograder.experiments.trained_runs.reference import reference

    options = ["--output", output, "--seed", seed, "--device", device]
    options += ["--data", data] if data else []
    options += ["--subset"] if subset else []
    raise typer.Exit(reference("draw").main(list(map(str, [*runs, *options]))))

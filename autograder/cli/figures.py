"""`autograder figures`: its options."""

from pathlib import Path
from typing import Annotated

import typer


def figures(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN...]", help="folders of runs of python -m diffusion.train"),
    ] = None,
    output: Annotated[Path, typer.Option(help="folder for the figures")] = Path("results/figures"),
    data: Annotated[Path, typer.Option(help="folder of MNIST")] = Path("data"),
    subset: Annotated[
        bool, typer.Option("--subset", help="use test digits of the small subset in tests/data")
    ] = False,
    samples_per_class: Annotated[
        int, typer.Option(min=1, max=10, metavar="N", help="rows of ten samples in each grid")
    ] = 4,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="seed of noise, samples and chosen digits")
    ] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps")] = "auto",
) -> None:
    """Draw the figures that students hand in, from runs of the solution (minutes)."""
    from autograder.experiments.figures.handout.command import draw_figures

    code = draw_figures(
        runs or [],
        output=output,
        data=data,
        subset=subset,
        samples_per_class=samples_per_class,
        seed=seed,
        device=device,
    )
    raise typer.Exit(code)

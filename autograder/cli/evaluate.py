"""`autograder evaluate`: its options."""

from pathlib import Path
from typing import Annotated

import typer

ENOUGH = 400  # images; which guidance is best cannot be seen on fewer


def evaluate(
    path: Annotated[
        Path, typer.Argument(metavar="RUN", help="folder of a run of diffusion.train: runs/class")
    ],
    samples: Annotated[
        int,
        typer.Option(min=40, max=10_000, help="number of images to score (denoiser: to denoise)"),
    ] = 10_000,
    output: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="folder for the scores (default: results/scores/NAME)"),
    ] = None,
    data: Annotated[Path, typer.Option(help="folder of MNIST")] = Path("data"),
    subset: Annotated[
        bool, typer.Option("--subset", help="compare with the small subset of MNIST")
    ] = False,
    guidance: Annotated[
        str, typer.Option(metavar="W,...", help="guidance scales to try")
    ] = "0,0.5,1,1.5,2,3,5",
    search_samples: Annotated[
        int | None,
        typer.Option(
            min=40,
            max=10_000,
            help="number of other images for each try (1000; fewer than 400 --samples try nothing)",
        ),
    ] = None,
    compared: Annotated[
        int, typer.Option(min=1, help="number of images to compare with all training digits")
    ] = 1000,
    epoch: Annotated[
        int | None, typer.Option(help="evaluate the net after this epoch (default: the last)")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="seed of all random numbers")] = 0,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu")] = "auto",
) -> None:
    """Score a run of the solution: accuracy, Fréchet distance, variety, copies; or PSNR.

    Samples are saved in samples/ in the output folder: after an interruption, the same command
    continues.
    """
    typer.echo(f"Evaluating {path} with {samples:,} images ...", err=True)  # imports take seconds
    from autograder.experiments.metrics.command import evaluate_run

    code = evaluate_run(
        path,
        output=output,
        data=data,
        subset=subset,
        samples=samples,
        guidance=guidance,
        search_samples=(0 if samples < ENOUGH else 1000)
        if search_samples is None
        else search_samples,
        compared=compared,
        epoch=epoch,
        seed=seed,
        device=device,
    )
    raise typer.Exit(code)

"""`autograder evaluate`: its options."""

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    path: Annotated[
        Path, typer.Argument(metavar="RUN", help="a folder that diffusion.train wrote: runs/class")
    ],
    samples: Annotated[
        int, typer.Option(min=40, max=10_000, help="images to score (denoiser: to denoise)")
    ] = 10_000,
    output: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="folder for the scores (results/scores/NAME)"),
    ] = None,
    data: Annotated[Path, typer.Option(help="where MNIST is kept")] = Path("data"),
    subset: Annotated[
        bool, typer.Option("--subset", help="measure against the small subset of MNIST")
    ] = False,
    guidance: Annotated[
        str, typer.Option(metavar="W,...", help="candidates for the best guidance")
    ] = "0,0.5,1,1.5,2,3,5",
    search_samples: Annotated[
        int, typer.Option(min=40, max=10_000, help="other images on which each of them is tried")
    ] = 1000,
    compared: Annotated[
        int, typer.Option(min=1, help="images compared with all training digits")
    ] = 1000,
    epoch: Annotated[int | None, typer.Option(help="the net after it (the last one)")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="of all noise and choices")] = 0,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu")] = "auto",
) -> None:
    """Score a run of the reference: accuracy, Fréchet distance, variety, copies; or PSNR.

    Samples are kept in the folder's samples/, so the same command goes on where it was interrupted.
    """
    from autograder.experiments.metrics.command import evaluate_run

    code = evaluate_run(
        path,
        output=output,
        data=data,
        subset=subset,
        samples=samples,
        guidance=guidance,
        search_samples=search_samples,
        compared=compared,
        epoch=epoch,
        seed=seed,
        device=device,
    )
    raise typer.Exit(code)

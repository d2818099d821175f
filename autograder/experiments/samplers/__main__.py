"""Fréchet distance against net evaluations: DDPM, DDIM, flow and EDM with trained nets, in a table.

python -m autograder.experiments.samplers --data data --output results/samplers
"""

from pathlib import Path
from typing import Annotated

import typer

from autograder.command_line import run_alone

from .rows import etas_in, methods_in, steps_in

MOST = 10_000  # samples


def main(
    samples: Annotated[int, typer.Option(min=40, max=MOST, help="N, samples of each row")] = 2000,
    guidance: Annotated[float, typer.Option(min=0, max=100, help="w of all rows")] = 2.0,
    methods: Annotated[str, typer.Option(help="which ones")] = "ddpm,ddim,flow,edm",
    ddim_steps: Annotated[str, typer.Option(metavar="S,...")] = "5,10,20,50",
    etas: Annotated[str, typer.Option(metavar="ETA,...", help="of DDIM")] = "0,1",
    flow_steps: Annotated[str, typer.Option(metavar="S,...")] = "5,10,20,50",
    edm_steps: Annotated[str, typer.Option(metavar="S,...")] = "2,3,5,10,18",
    ddpm_run: Annotated[
        Path | None, typer.Option(help="of the preset class (the kept one); for DDIM, too")
    ] = None,
    flow_run: Annotated[
        Path | None, typer.Option(help="of the preset flow-class (the kept one)")
    ] = None,
    edm_run: Annotated[Path | None, typer.Option(help="of the preset edm (the kept one)")] = None,
    output: Annotated[
        Path, typer.Option(file_okay=False, help="folder for page, picture, table and scores")
    ] = Path("results", "samplers"),
    kept: Annotated[
        Path | None, typer.Option(file_okay=False, help="of finished batches (OUTPUT/samples)")
    ] = None,
    data: Annotated[Path, typer.Option(help="folder of MNIST")] = Path("data"),
    subset: Annotated[bool, typer.Option("--subset", help="compare with the subset")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1)] = 0,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu")] = "auto",
) -> None:
    """Draw and score every row, those of few net evaluations first.

    The files are written anew after each row. After an interruption, the same command continues.
    """
    from .command import compare  # takes seconds

    code = compare(
        methods_in(methods),
        {"class": ddpm_run, "flow-class": flow_run, "edm": edm_run},
        steps={
            "ddim": steps_in("ddim", ddim_steps),
            "flow": steps_in("flow", flow_steps),
            "edm": steps_in("edm", edm_steps),
        },
        etas=etas_in(etas),
        samples=samples,
        guidance=guidance,
        output=output,
        kept=kept or output / "samples",
        data=data,
        subset=subset,
        seed=seed,
        device=device,
    )
    raise typer.Exit(code)


if __name__ == "__main__":
    run_alone(main)

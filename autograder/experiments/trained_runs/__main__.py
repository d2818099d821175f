"""Keep a run as evidence: python -m autograder.experiments.trained_runs RUN FOLDER [--weights]."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.command_line import run_alone

from .export import export_run
from .run import read_run


def main(
    run: Annotated[Path, typer.Argument(help="a folder that diffusion.train wrote, as runs/class")],
    folder: Annotated[Path, typer.Argument(help="where to keep it, as docs/runs/class")],
    weights: Annotated[bool, typer.Option("--weights", help="also the last net, float16")] = False,
) -> None:
    """Copy the settings, log and curves of a run, and its last net if requested."""
    for path in export_run(read_run(run), folder, weights):
        typer.echo(f"{path}: {path.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    run_alone(main)

"""Draw every figure of handout and README but the digits: `experiments.figures.digits` does."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.command_line import run_alone
from autograder.config.paths import REPOSITORY, Repository

from .architecture import figure_architecture
from .chain import figure_chain, figure_schedule
from .operations import figure_operations
from .unet import figure_conditional, figure_unconditional

FIGURES = {
    Repository.figure_chain: figure_chain,
    Repository.figure_unet: figure_unconditional,
    Repository.figure_operations: figure_operations,
    Repository.figure_conditional_unet: figure_conditional,
    Repository.figure_schedule: figure_schedule,
    Repository.architecture_picture: figure_architecture,
}


def main(
    root: Annotated[Path, typer.Argument(help="the repository to draw into")] = REPOSITORY.root,
) -> None:
    """Draw every figure."""
    for name, draw in FIGURES.items():
        path = name.below(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(path)
        typer.echo(f"{name}: {path.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    run_alone(main)

"""Draw every figure of handout and README (the digits apart: `autograder.figures.digits`)."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.command_line import run_alone

from .architecture import figure_architecture
from .chain import figure_chain, figure_schedule
from .operations import figure_operations
from .unet import figure_conditional, figure_unconditional

ROOT = Path(__file__).resolve().parents[2]
FIGURES = {
    "starter/figures/chain.png": figure_chain,
    "starter/figures/1-unet.png": figure_unconditional,
    "starter/figures/2-operations.png": figure_operations,
    "starter/figures/3-conditional-unet.png": figure_conditional,
    "starter/figures/4-schedule.png": figure_schedule,
    "docs/architecture.png": figure_architecture,
}


def main(root: Annotated[Path, typer.Argument(help="the repository to draw into")] = ROOT) -> None:
    """Draw every figure."""
    for name, draw in FIGURES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        draw(root / name)
        typer.echo(f"{name}: {(root / name).stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    run_alone(main)

"""Draw every figure of the handout into starter/figures/."""

from pathlib import Path
from typing import Annotated

import typer

from .chain import figure_chain, figure_schedule
from .operations import figure_operations
from .unet import figure_conditional, figure_unconditional

FOLDER = Path(__file__).resolve().parents[2] / "starter" / "figures"
FIGURES = {
    "1-unet.png": figure_unconditional,
    "2-operations.png": figure_operations,
    "3-conditional-unet.png": figure_conditional,
    "4-schedule.png": figure_schedule,
    "chain.png": figure_chain,
}


def main(folder: Annotated[Path, typer.Argument(help="where the pictures go")] = FOLDER) -> None:
    """Draw every figure of the handout."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        draw(folder / name)
        typer.echo(f"{folder / name}: {(folder / name).stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    typer.run(main)

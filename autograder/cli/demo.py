"""`autograder demo`: its options."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path("demo-results"),
) -> None:
    """Grade four example submissions and compare each with its expected result."""
    from .demo_submissions.grading import run

    raise typer.Exit(run(output))

"""`autograder demo`: its options."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path("demo-results"),
) -> None:
    """Grade four bundled submissions and see that each gets what it deserves."""
    from .demo_submissions.grading import run

    raise typer.Exit(run(output))

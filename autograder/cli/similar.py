"""`autograder similar`: its options."""

from pathlib import Path
from typing import Annotated

import typer


def similar(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="submissions, as for grade")
    ],
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path(
        "results", "similar"
    ),
    also: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="submissions of earlier years (repeatable)"),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="list pairs with at least this share in common"),
    ] = None,
    common: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="ignore code that more than this share of submissions have (0.1)"
        ),
    ] = None,
) -> None:
    """List pairs of submissions whose code is more similar than independent work usually is.

    A person must decide what a pair means.
    """
    from autograder.grading.review.similarity.command import run

    options = {"threshold": threshold, "common": common}
    chosen = {name: value for name, value in options.items() if value is not None}
    raise typer.Exit(run(paths, output, also=also or (), **chosen))

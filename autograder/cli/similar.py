"""`autograder similar`: its options."""

from pathlib import Path
from typing import Annotated

import typer


def similar(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="submissions, as grade takes them")
    ],
    output: Annotated[Path, typer.Option(help="folder for what was found")] = Path(
        "results", "similar"
    ),
    also: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="of earlier years (repeatable)")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="share in common from which a pair is listed")
    ] = None,
) -> None:
    """List pairs of submissions that share more code than independent work does; judge nobody."""
    from autograder.grading.review.similarity.command import run

    chosen = {} if threshold is None else {"threshold": threshold}
    raise typer.Exit(run(paths, output, also=also or (), **chosen))

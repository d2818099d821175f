"""`autograder release`: its options."""

from pathlib import Path
from typing import Annotated

import typer


def release(
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="of a course: profiles/NAME.yaml")
    ] = None,
    output: Annotated[Path, typer.Option(help="folder for the release")] = Path("build"),
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART", help="student, notebooks, nbgrader or gradescope (repeatable)"
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="also replace what no release has written there")
    ] = False,
) -> None:
    """Make everything that leaves the house, search it for leaks, and put it into build/.

    The same sources give the same bytes. Whatever goes wrong, the last release stays as it was.
    """
    from autograder.authoring.run_release import Request, run

    raise typer.Exit(
        run(Request(output=output, profile=profile, only=tuple(only or ()), force=force))
    )

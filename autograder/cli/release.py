"""`autograder release`: its options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class PartName(StrEnum):
    """The parts of a release."""

    STUDENT = "student"
    NOTEBOOKS = "notebooks"
    NBGRADER = "nbgrader"
    GRADESCOPE = "gradescope"


def release(
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="the course: profiles/NAME.yaml")
    ] = None,
    output: Annotated[Path, typer.Option(help="folder for the release")] = Path("build"),
    only: Annotated[
        list[PartName] | None, typer.Option(help="build only this part (repeatable)")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="also replace files that are not from a release")
    ] = False,
    skip_execution: Annotated[
        bool,
        typer.Option("--skip-execution", help="do not run the solved notebook (saves a minute)"),
    ] = False,
) -> None:
    """Build everything that students and platforms get, and write build/.

    First the checks grade the solution, without training. What was built is searched for leaks, and
    the solved notebook runs at its smallest size. The same sources give the same bytes. If an error
    occurs, the last release is not changed.
    """
    from autograder.authoring.run_release import run

    execute = not skip_execution
    raise typer.Exit(run(output, profile=profile, only=only or (), force=force, execute=execute))

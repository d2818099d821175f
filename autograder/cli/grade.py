"""`autograder grade`: its options."""

from pathlib import Path
from typing import Annotated

import typer

from .options import Jobs, hexadecimal


def grade(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="folders, zips, notebooks")
    ],
    output: Annotated[Path, typer.Option(help="folder for the results")] = Path("results"),
    only: Annotated[
        list[str] | None, typer.Option(metavar="TASK", help="grade this task (repeatable)")
    ] = None,
    skip_training: Annotated[
        bool, typer.Option("--skip-training", help="leave out the checks that train")
    ] = False,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="the course: a file of profiles/")
    ] = None,
    isolation: Annotated[
        str, typer.Option(metavar="auto|bwrap|user|none", help="how submissions are confined")
    ] = "auto",
    seed: Annotated[
        str | None, typer.Option(callback=hexadecimal, help="repeat a run: the seed it printed")
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="report.html shows what students see afterwards")
    ] = False,
    jobs: Jobs = None,
    force: Annotated[
        bool, typer.Option("--force", help="also judge again what has not changed, on a fresh seed")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="of Dask, on this machine: tcp://127.0.0.1:8786"),
    ] = None,
    cluster: Annotated[
        Path | None, typer.Option(metavar="YAML", help="more machines: docs/cluster.md")
    ] = None,
    manual: Annotated[
        Path | None, typer.Option(metavar="CSV", help="scores of tasks that people mark")
    ] = None,
    override: Annotated[
        Path | None, typer.Option(metavar="CSV", help="scores in place of others, with reasons")
    ] = None,
    extensions: Annotated[
        Path | None, typer.Option(metavar="CSV", help="who has more time")
    ] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="canvas", help="another gradebook too")
    ] = None,
    gradebook: Annotated[
        Path | None, typer.Option(metavar="DB", help="of nbgrader: gets the scores of record")
    ] = None,
) -> None:
    """Grade submissions: a report for each, a gradebook, and a page for staff.

    The same command goes on where it was interrupted, and judges only what has changed since.
    """
    from autograder.grading.command import run

    code = run(
        paths,
        output,
        only=only or (),
        training=not skip_training,
        isolation=isolation,
        seed=seed,
        published=published,
        jobs=jobs,
        force=force,
        scheduler=scheduler,
        cluster=cluster,
        tables={"manual": manual, "override": override, "extensions": extensions},
        formats=("plain", *(formats or ())),
        profile=profile,
        gradebook=gradebook,
    )
    raise typer.Exit(code)

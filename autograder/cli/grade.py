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
        bool, typer.Option("--skip-training", help="leave out checks that train a net")
    ] = False,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="the course: a file of profiles/")
    ] = None,
    isolation: Annotated[
        str, typer.Option(metavar="auto|bwrap|user|none", help="how submissions are isolated")
    ] = "auto",
    seed: Annotated[
        str | None,
        typer.Option(callback=hexadecimal, help="repeat a run: the seed that it printed"),
    ] = None,
    published: Annotated[
        bool,
        typer.Option("--published", help="report.html shows what students see after publication"),
    ] = False,
    jobs: Jobs = None,
    force: Annotated[
        bool, typer.Option("--force", help="also grade unchanged submissions again, on a new seed")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="remove from the gradebook who is not in this run, for example has left",
        ),
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="address of a Dask scheduler on this machine: tcp://127.0.0.1:8786",
        ),
    ] = None,
    cluster: Annotated[
        Path | None, typer.Option(metavar="YAML", help="use several machines: docs/cluster.md")
    ] = None,
    manual: Annotated[
        Path | None, typer.Option(metavar="CSV", help="scores of manual tasks")
    ] = None,
    override: Annotated[
        Path | None, typer.Option(metavar="CSV", help="scores that replace others, with reasons")
    ] = None,
    extensions: Annotated[
        Path | None, typer.Option(metavar="CSV", help="students who have more time")
    ] = None,
    times: Annotated[
        Path | None, typer.Option(metavar="CSV", help="when students handed in")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="canvas", help="also write this gradebook (repeatable)"),
    ] = None,
    partial: Annotated[
        bool,
        typer.Option("--partial", help="canvas.csv also has totals of what was judged so far"),
    ] = False,
    gradebook: Annotated[
        Path | None,
        typer.Option(
            metavar="DB", help="gradebook.db of nbgrader, which gets the scores of record"
        ),
    ] = None,
) -> None:
    """Grade submissions: a report for each, a gradebook, and a page for staff.

    After an interruption, the same command continues. Unchanged submissions are not graded again.
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
        tables={
            "manual": manual,
            "override": override,
            "extensions": extensions,
            "times": times,
        },
        formats=("plain", *(formats or ())),
        partial=partial,
        profile=profile,
        gradebook=gradebook,
        replace=replace,
    )
    raise typer.Exit(code)

"""`autograder check`: what in this repository is stale, leaks, or breaks a rule of the design.

Nothing is changed unless `--write` is given, which regenerates what is generated: the starter and
the table of points in README.md.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from autograder.config import Course, GradingError, load_course
from autograder.judge.checks import Collected, collect_checks

from .architecture import architecture_findings
from .findings import Finding
from .leaks import leak_findings
from .points_table import README, points_table, table_findings, with_table
from .starter import generated, starter_findings, write_starter, write_whole
from .strip import StripError

ROOT = Path(__file__).resolve().parents[2]


def check(
    write: Annotated[
        bool, typer.Option("--write", help="regenerate the starter and the README's table")
    ] = False,
) -> None:
    """Is everything that is generated fresh, nothing leaked, and every rule kept?"""
    if write:
        with suppress(GradingError, StripError, ValueError):  # findings below say it with its line
            for path in regenerate(ROOT):
                typer.echo(f"wrote {path}")
    found = list(findings(ROOT))
    for finding in found:
        typer.echo(finding)
        if finding.detail:
            typer.echo(finding.detail)
    if found:
        faults = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        typer.echo(f"{faults}; see above.")
        raise typer.Exit(1)
    typer.echo("starter, leaks, grading.yaml, table of points, architecture: all in order.")


def findings(root: Path, collected: Collected | None = None) -> Iterator[Finding]:
    """Every fault of the repository at `root`; `collected` are its checks, else they are found."""
    yield from architecture_findings(root)
    try:
        course = load_course(root / "grading.yaml")
    except GradingError as error:
        yield from (
            Finding("grading.yaml", fault.line, f"{fault.field}: {fault.advice}")
            for fault in error.problems
        )
        return
    try:
        yield from chain(
            starter_findings(root, course), leak_findings(root, generated(root, course))
        )
    except StripError as error:
        yield Finding(error.file, error.line, error.problem)
    collected = collected or collect_checks()
    yield from (Finding("tests", 1, problem) for problem in collected.problems)
    yield from table_findings(root, course, collected.checks)


def regenerate(root: Path, collected: Collected | None = None) -> Iterator[str]:
    """Write the starter and the table of points where they are stale; yield the paths written."""
    course: Course = load_course(root / "grading.yaml")
    yield from write_starter(root, course)
    readme = (root / README).read_text()
    checks = (collected or collect_checks()).checks
    fresh = with_table(readme, points_table(course, checks))
    if fresh != readme:
        write_whole(root / README, fresh)
        yield README

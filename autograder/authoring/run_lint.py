"""`autograder lint`: what in this repository is stale, leaks, or breaks a rule of the design.

Nothing is changed unless `--write` is given, which regenerates what is generated: the starter, the
headings of students' reports, the table of points in README.md and docs/handouts.md.
"""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import typer

from autograder.authoring.lint.coverage import coverage_findings, fresh_page
from autograder.authoring.lint.handouts_page import PAGE
from autograder.config import Course, GradingError, load_course
from autograder.config.files import write_whole
from autograder.config.paths import NAMED_IN, REPOSITORY, MissingPath, Repository
from autograder.course.starter import generated
from autograder.course.strip import StripError
from autograder.exit_codes import ExitCode
from autograder.grading.judging.checks import Collected, collect_checks

from .findings import Finding
from .leakcheck import artefact_findings
from .leakcheck.leaks import leak_findings
from .leakcheck.weights import weight_findings
from .lint.generated import parts_findings, starter_findings, write_starter
from .lint.literals import literal_findings
from .lint.notebook import notebook_findings
from .lint.points_table import README, points_table, table_findings, with_table
from .lint.sources import (
    as_findings,
    consistency_findings,
    equivalent_findings,
    missing_files,
    mutant_findings,
)
from .lint.students import student_import_findings
from .release.building import PARTS
from .release.parts import PARTS as HEADINGS
from .release.parts import parts_text
from .release.writing import RECORD, CannotWrite, read_record, write_files

BUILD = Repository.build.name
LOOKED_AT = "paths, imports, starter, leaks, weights, grading.yaml, points, mutants, notebook"


def lint(write: bool = False, artefacts: bool = False, repository: Repository = REPOSITORY) -> None:
    """Print every finding, one line each, and exit with 1 if there is one.

    Args:
        write: first regenerate what is generated.
        artefacts: also make a release and search it, instead of the one in build/.
    """
    root = repository.root
    if write:
        with suppress(GradingError, StripError, ValueError):  # findings below say it with its line
            for path in regenerate(root):
                typer.echo(f"wrote {path}")
    found = list(findings(root))
    if not found or not artefacts:
        found += fresh_findings(root) if artefacts else kept_findings(root)
    for finding in found:
        typer.echo(finding)
        if finding.detail:
            typer.echo(finding.detail)
    if found:
        faults = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        typer.echo(f"{faults}; see above.")
        raise typer.Exit(ExitCode.FAILED)
    built = artefacts or (repository.build / RECORD).is_file()
    typer.echo(f"{LOOKED_AT}{f', {BUILD}' if built else ''}: all in order.")


def findings(root: Path, collected: Collected | None = None) -> Iterator[Finding]:
    """Every fault of the repository at `root`; `collected` are its checks, else they are found."""
    yield from student_import_findings(root)
    yield from literal_findings(root)
    try:
        course = load_course(Repository(root).grading)
    except GradingError as error:
        yield from as_findings(root, error.problems)
        return
    yield from missing_files(root, course)
    yield from weight_findings(root)
    try:
        yield from chain(
            starter_findings(root, course), leak_findings(root, generated(root, course))
        )
    except StripError as error:
        yield Finding(error.file, error.line, error.problem)
    collected = collected or collect_checks()
    yield from consistency_findings(root, course, collected)
    yield from parts_findings(root, course)
    yield from table_findings(root, course, collected.checks)
    yield from mutant_findings(root, course, collected.checks)
    yield from equivalent_findings(root)
    notebooks = list(notebook_findings(root, course))
    yield from notebooks or coverage_findings(root, collected)  # which reads the notebook's source


def kept_findings(root: Path) -> Iterator[Finding]:
    """Leaks in build/, if there is one; each part is held against the profile it was made with."""
    folder = Repository(root).build
    try:
        record = read_record(folder) or {}
        tops: dict[str | None, set[str]] = {}  # of each profile, what was made with it
        for part in record.values():
            names = {name.partition("/")[0] for name in part["files"]}
            tops.setdefault(part["profile"], set()).update(names)
        for profile, names in tops.items():
            course = load_course(Repository(root).grading, profile)
            yield from artefact_findings(root, course, folder, f"{BUILD}/", names)
    except MissingPath as error:
        yield Finding(NAMED_IN, 1, str(error))
    except CannotWrite as error:
        yield Finding(f"{BUILD}/{RECORD}", 1, str(error))
    except GradingError as error:
        yield from as_findings(root, error.problems)
    except StripError as error:
        yield Finding(error.file, error.line, error.problem)


def fresh_findings(root: Path) -> Iterator[Finding]:
    """Leaks in a release that is made for this alone."""
    course = load_course(Repository(root).grading)
    with tempfile.TemporaryDirectory() as scratch:
        for part in PARTS:
            write_files(Path(scratch), part.files(root, course))
        yield from artefact_findings(root, course, Path(scratch), f"{BUILD}/")


def regenerate(root: Path, collected: Collected | None = None) -> Iterator[str]:
    """Write what is generated where it is stale; yield the paths written."""
    course: Course = load_course(Repository(root).grading)
    yield from write_starter(root, course)
    parts = Repository(root).parts
    if next(parts_findings(root, course), None):
        write_whole(parts, parts_text(course))
        yield HEADINGS
    readme = Repository(root).readme.read_text()
    collected = collected or collect_checks()
    fresh = with_table(readme, points_table(course, collected.checks))
    if fresh != readme:
        write_whole(Repository(root).readme, fresh)
        yield README
    if page := fresh_page(root, collected):
        write_whole(Repository(root).handouts_page, page)
        yield PAGE

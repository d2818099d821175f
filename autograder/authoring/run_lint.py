"""`autograder lint`: what in this repository is outdated, leaks, or breaks a rule of the design.

Only `--write` changes files: it regenerates the starter, the headings of students' reports, the
table of points in README.md and docs/handouts.md.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import typer

from autograder.authoring.lint.coverage import coverage_findings, fresh_page
from autograder.authoring.lint.handouts_page import PAGE
from autograder.config import GradingError, load_course
from autograder.config.files import write_whole
from autograder.config.paths import NAMED_IN, REPOSITORY, MissingPath, Repository
from autograder.course.starter import generated
from autograder.course.strip import SourceError
from autograder.exit_codes import ExitCode
from autograder.grading.judging.checks import Collected, collect_checks
from autograder.grading.judging.consistency import inconsistencies

from .findings import Finding
from .leakcheck import Search
from .leakcheck.leaks import leak_findings
from .lint.generated import generated_files, outdated, surplus_modules, unasked_stubs
from .lint.literals import literal_findings
from .lint.passages import passage_findings
from .lint.sources import (
    as_findings,
    clock_findings,
    consistency_findings,
    known_bug_findings,
    missing_files,
)
from .lint.students import student_import_findings
from .lint.syntax import syntax_findings
from .release import notebook
from .release.building import PARTS
from .release.writing import RECORD, CannotWrite, read_record, write_files

BUILD = Repository.build.name
CHECKED = "paths, imports, starter, leaks, weights, grading.yaml, points, known bugs, notebook"


def lint(write: bool = False, artefacts: bool = False, repository: Repository = REPOSITORY) -> None:
    """Print every finding, one line each, and exit with 1 if there is one.

    Args:
        write: first regenerate what is generated.
        artefacts: also make a release and search it, instead of the one in build/.
    """
    root = repository.root
    if write:
        with suppress(GradingError, SourceError):  # a finding below, with its line
            for path in regenerate(root):
                done = "wrote" if repository.at(path).is_file() else "removed"
                typer.echo(f"{done} {path}")
    faults = list(findings(root))
    built = [] if artefacts else list(build_findings(root))
    if artefacts and not faults:
        faults += new_release_findings(root)
    faults += built
    for finding in faults:
        typer.echo(finding)
        if finding.detail:
            typer.echo(finding.detail)
    if faults:
        typer.echo(f"{_count(faults)}; see above.")
        if built:
            older = f"{_count(built)} in {BUILD}/, which the last release has written"
            typer.echo(f"{older}: run `autograder release` to make it anew.")
        raise typer.Exit(ExitCode.FAILED)
    searched = artefacts or (repository.build / RECORD).is_file()
    typer.echo(f"{CHECKED}{f', {BUILD}' if searched else ''}: all in order.")


def _count(faults: Sequence[Finding]) -> str:
    return "1 fault" if len(faults) == 1 else f"{len(faults)} faults"


def findings(root: Path, collected: Collected | None = None) -> Iterator[Finding]:
    """Every fault of the repository at `root`; its checks are collected unless given."""
    try:
        course = load_course(Repository(root).grading)
    except GradingError as error:
        yield from as_findings(root, error.problems)
        return
    if faults := list(syntax_findings(root)):  # nothing else can be said of such files
        yield from faults
        return
    yield from student_import_findings(root)
    yield from literal_findings(root)
    yield from clock_findings(root, course)
    yield from missing_files(root, course)
    collected = collected or collect_checks()
    yield from consistency_findings(root, inconsistencies(course, collected))
    yield from known_bug_findings(root, course, collected.checks)
    try:
        yield from surplus_modules(root, course)
        yield from passage_findings(root, course)
        unasked = unasked_stubs(root, course)
        for leak in leak_findings(root, generated(root, course)):
            if leak.file not in unasked:  # which is to be removed
                yield leak
        for file, text in generated_files(root, course, collected.checks):
            yield from outdated(root, file, text)
    except SourceError as error:
        yield Finding(error.file, error.line, error.problem)
    try:
        notebook.students(course, root)
        notebook.instructors(course, root)
        yield from coverage_findings(root, collected)  # which reads the notebook's source
    except notebook.NotebookError as error:
        yield Finding(error.file, error.line, error.problem)
    except SourceError:  # it has a finding of its own
        yield from coverage_findings(root, collected)


def build_findings(root: Path) -> Iterator[Finding]:
    """Leaks in build/, if there is one; each part is compared with the profile it was made with."""
    folder = Repository(root).build
    try:
        record = read_record(folder) or {}
        tops: dict[str | None, set[str]] = {}  # profile -> what was made with it
        for part in record.values():
            names = {name.partition("/")[0] for name in part["files"]}
            tops.setdefault(part["profile"], set()).update(names)
        for profile, names in tops.items():
            course = load_course(Repository(root).grading, profile)
            yield from Search(root, course).findings(folder, f"{BUILD}/", names)
    except MissingPath as error:
        yield Finding(NAMED_IN, 1, str(error))
    except CannotWrite as error:
        yield Finding(f"{BUILD}/{RECORD}", 1, str(error))
    except GradingError as error:
        yield from as_findings(root, error.problems)
    except SourceError as error:
        yield Finding(error.file, error.line, error.problem)


def new_release_findings(root: Path) -> Iterator[Finding]:
    """Leaks in a release that is made for this alone."""
    course = load_course(Repository(root).grading)
    with tempfile.TemporaryDirectory() as scratch:
        for part in PARTS:
            write_files(Path(scratch), part.files(root, course))
        yield from Search(root, course).findings(Path(scratch), f"{BUILD}/")


def regenerate(root: Path, collected: Collected | None = None) -> Iterator[str]:
    """Write what is generated where it is outdated, and remove stubs that the course does not ask;
    yield the paths.
    """
    course = load_course(Repository(root).grading)
    collected = collected or collect_checks()
    files = dict(generated_files(root, course, collected.checks))
    if page := fresh_page(root, collected):
        files[PAGE] = page
    for file, text in files.items():
        if any(outdated(root, file, text)):
            path = Repository(root).at(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
            yield file
    for file in unasked_stubs(root, course):
        Repository(root).at(file).unlink()
        yield file

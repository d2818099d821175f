"""`autograder release`: judge the solution, build what is handed out, search it, and write it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from autograder.config import Course, GradingError, load_course
from autograder.config.paths import REPOSITORY, MissingPath, Repository
from autograder.course.starter import generated
from autograder.course.strip import SourceError
from autograder.exit_codes import ExitCode, remedy
from autograder.grading.judging.result import Scope
from autograder.grading.judging.scope import scope_of
from autograder.progress import Progress

from .findings import Finding
from .leakcheck import Search
from .leakcheck.leaks import leak_findings
from .lint.generated import outdated, stubs
from .lint.solution import solution_findings
from .lint.sources import as_findings, consistency_findings, missing_files
from .lint.students import student_import_findings
from .lint.syntax import syntax_findings
from .release.building import PARTS, Part
from .release.notebook.execution import execution_findings
from .release.student import NotReleasable
from .release.writing import (
    RECORD,
    CannotWrite,
    Record,
    beside,
    carry_over,
    foreign_files,
    put_in_place,
    read_record,
    record_bytes,
    record_of,
    write_files,
)

SHOWN = 40


def run(
    output: Path,
    *,
    profile: str | None = None,
    only: Sequence[str] = (),
    force: bool = False,
    execute: bool = True,
    root: Path = REPOSITORY.root,
) -> ExitCode:
    """Judge, build, search, put in place, and print a summary; return the exit status.

    Whatever goes wrong, what was built before stays as it was.

    Args:
        output: folder for the release.
        profile: in place of that of grading.yaml.
        only: names of parts; all of them if empty.
        force: also replace what no release has written.
        execute: also run the solved notebook.
        root: the repository.
    """
    console = Console(soft_wrap=True, markup=False, highlight=False)
    started = time.monotonic()
    parts = tuple(part for part in PARTS if not only or part.name in only)
    try:
        course = load_course(Repository(root).grading, profile)
        old = _old_record(output, parts, force, whole=not only)
        if faults := list(syntax_findings(root)):
            return _refuse(console, faults)
        starter, search = generated(root, course), Search(root, course)
        scope, inconsistencies = scope_of(course, tuple(course.auto_tasks))
        faults = list(_source_findings(root, course, starter, search))
        if faults := [*faults, *consistency_findings(root, inconsistencies)]:
            return _refuse(console, faults)
        if faults := _judged(console, root, course, scope):
            return _refuse(console, faults)
        built = {part.name: part.files(root, course) for part in parts}
        with beside(output.absolute()) as new:
            for files in built.values():
                write_files(new, files)
            if faults := list(search.findings(new, f"{output}/")):
                return _refuse(console, faults)
            runs = execute and any(part.has_notebook for part in parts)
            if runs and (faults := _executed(console, root, course)):
                return _refuse(console, faults)
            if old:
                carry_over(output, new, (name for part in parts for name in part.owns))
            record = {**(old or {}), **record_of(built, course.profile)}
            write_files(new, {RECORD: record_bytes(record)})
            put_in_place(new, output.absolute())
        committed = stubs(root, load_course(Repository(root).grading))
    except GradingError as error:
        return _refuse(console, list(as_findings(root, error.problems)))
    except SourceError as error:
        return _refuse(console, [Finding(error.file, error.line, error.problem)])
    except (CannotWrite, MissingPath, NotReleasable) as error:
        console.print(str(error))
        return ExitCode.BAD_REQUEST
    except OSError as error:
        console.print(f"Nothing was replaced: {remedy(error) or error}")
        return ExitCode.BAD_REQUEST
    console.print(_table(output, parts, built))
    profile = f"profile {course.profile}" if course.profile else "grading.yaml, no profile"
    console.print(f"{course.title} ({profile}), in {time.monotonic() - started:.0f} s")
    for name, text in committed.items():
        for finding in outdated(root, name, text):
            console.print(f"In the repository, not in the release: {finding}")
    return ExitCode.OK


def _source_findings(
    root: Path, course: Course, starter: Mapping[str, str], search: Search
) -> Iterator[Finding]:
    """What `autograder lint` reports about the sources of a release.

    Without what is merely outdated: a release makes that anew.
    """
    yield from student_import_findings(root)
    yield from missing_files(root, course)
    for finding in leak_findings(root, starter):
        if not finding.file.startswith(f"{Repository.starter_package}/"):
            yield finding
    yield from search.source_findings()


def _judged(console: Console, root: Path, course: Course, scope: Scope) -> list[Finding]:
    """What the checks of the course say against the solution."""
    checks = [check for check in scope.checks if not check.training]
    started = time.monotonic()
    console.print(f"Grading the solution with {len(checks)} checks ...")
    faults = list(solution_findings(root, course, scope))
    if not faults:
        console.print(f"The solution passes all of them ({time.monotonic() - started:.0f} s).")
    return faults


def _executed(console: Console, root: Path, course: Course) -> list[Finding]:
    """What goes wrong when the solved notebook runs."""
    started, words = time.monotonic(), "Running the solved notebook at its smallest size"
    console.print(f"{words} ...")
    with Progress(console, words, own_lines=True) as progress:

        def on_cell(number: int, total: int) -> None:
            progress.update(done=number, total=total)

        faults = list(execution_findings(course, root, on_cell))
    if not faults:
        console.print(f"The solved notebook runs ({time.monotonic() - started:.0f} s).")
    return faults


def _old_record(output: Path, parts: Sequence[Part], force: bool, whole: bool) -> Record | None:
    """The record of the last release, unless everything is replaced.

    Raises:
        CannotWrite: something would be lost that no release has written.
    """
    if output.is_symlink() or (output.exists() and not output.is_dir()):
        raise CannotWrite(f"{output} is no folder; choose another --output")
    record = read_record(output)
    if record is None:
        if output.exists() and any(output.iterdir()):
            raise CannotWrite(
                f"{output} holds what no release has written; choose another --output"
            )
        return None
    replaced = [name for part in parts for name in part.owns]
    if whole:
        replaced = [path.name for path in output.iterdir() if path.name != RECORD]
    foreign = [] if force else foreign_files(output, record, replaced)
    if foreign:
        lines = [f"  {output / name}" for name in foreign[:SHOWN]]
        lines += ["  ..."] if len(foreign) > SHOWN else []
        raise CannotWrite(
            "This would be lost, since no release has written it so:\n"
            + "\n".join(lines)
            + "\nMove it away, release into another --output, or add --force."
        )
    return None if whole else record


def _refuse(console: Console, findings: Sequence[Finding]) -> ExitCode:
    places: dict[tuple[str, str], list[Finding]] = {}
    for finding in dict.fromkeys(findings):
        places.setdefault((finding.problem, finding.detail), []).append(finding)
    for (_, detail), same in list(places.items())[:SHOWN]:
        also = f" (and in {len(same) - 1} more places)" if len(same) > 1 else ""
        console.print(f"{same[0]}{also}")
        if detail:
            console.print(detail)
    if len(places) > SHOWN:
        console.print(f"... and {len(places) - SHOWN} more")
    count = "1 fault" if len(places) == 1 else f"{len(places)} faults"
    console.print(f"{count}; nothing was released, and what was built before is as it was.")
    return ExitCode.FAILED


def _table(output: Path, parts: Sequence[Part], built: Mapping[str, Mapping[str, bytes]]) -> Table:
    table = Table(title=f"{output}/", title_justify="left")
    table.add_column("written", no_wrap=True)
    table.add_column("files", justify="right")
    table.add_column("size", justify="right")
    table.add_column("what it is")
    for part in parts:
        what = part.what
        for name in part.owns:
            files = {
                path: content
                for path, content in built[part.name].items()
                if path.partition("/")[0] == name
            }
            size = decimal(sum(map(len, files.values())))
            table.add_row(name if name in files else f"{name}/", str(len(files)), size, what)
            what = ""
    return table

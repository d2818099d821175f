"""`autograder release`: everything that leaves the house, made, searched, and put in its place."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.config import Course, GradingError, load_course
from autograder.config.paths import REPOSITORY, MissingPath, Repository
from autograder.course.starter import generated
from autograder.course.strip import StripError
from autograder.exit_codes import ExitCode
from autograder.grading.judging.checks import collect_checks

from .findings import Finding
from .leakcheck import artefact_findings, source_findings
from .leakcheck.leaks import leak_findings
from .leakcheck.weights import weight_findings
from .lint.generated import starter_findings
from .lint.sources import as_findings, consistency_findings, missing_files
from .lint.students import student_import_findings
from .release.building import PARTS, Part
from .release.notebook import NotebookError
from .release.student import NotReleasable
from .release.writing import (
    RECORD,
    CannotWrite,
    beside,
    carry_over,
    others_work,
    put_in_place,
    read_record,
    record_bytes,
    record_of,
    write_files,
)

SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for."""

    output: Path
    profile: str | None = None
    only: tuple[str, ...] = ()
    force: bool = False


def run(request: Request, root: Path = REPOSITORY.root) -> ExitCode:
    """Build, search, put in place, and say what there is now; return the exit status.

    Whatever goes wrong, what was built before stays as it was.
    """
    console = Console(soft_wrap=True)
    started = time.monotonic()
    try:
        parts = _chosen(request.only)
        course = load_course(Repository(root).grading, request.profile)
        old = _old_record(request, parts)
        if faults := list(dict.fromkeys(faults_of_sources(root, course))):
            return _refuse(console, faults)
        built = {part.name: part.files(root, course) for part in parts}
        with beside(request.output.absolute()) as new:
            for files in built.values():
                write_files(new, files)
            if faults := list(artefact_findings(root, course, new, f"{request.output}/")):
                return _refuse(console, faults)
            if old:
                carry_over(request.output, new, (name for part in parts for name in part.owns))
            record = {**(old or {}), **record_of(built, course.profile)}
            write_files(new, {RECORD: record_bytes(record)})
            put_in_place(new, request.output.absolute())
    except GradingError as error:
        return _refuse(console, list(as_findings(root, error.problems)))
    except (StripError, NotebookError) as error:
        return _refuse(console, [Finding(error.file, error.line, error.problem)])
    except (CannotWrite, MissingPath, NotReleasable, BadPart) as error:
        console.print(Text(str(error)))
        return ExitCode.BAD_REQUEST
    except OSError as error:
        console.print(Text(f"Nothing was replaced: {error}"))
        return ExitCode.BAD_REQUEST
    console.print(_table(request.output, parts, built))
    named = f"profile {course.profile}" if course.profile else "grading.yaml, no profile"
    console.print(Text(f"{course.title} ({named}), in {time.monotonic() - started:.0f} s"))
    if stale := next(starter_findings(root, load_course(Repository(root).grading)), None):
        console.print(Text(f"The starter in the repository is stale, not the release: {stale}"))
    return ExitCode.OK


class BadPart(Exception):
    """There is no part of this name."""


def faults_of_sources(root: Path, course: Course) -> Iterator[Finding]:
    """What `autograder lint` finds in the sources that would reach students.

    Nothing that is merely stale: a release makes all that anew.

    Raises:
        StripError: the solution cannot be stripped.
    """
    starter = generated(root, course)
    yield from student_import_findings(root)
    yield from missing_files(root, course)
    yield from weight_findings(root)
    yield from (
        finding
        for finding in leak_findings(root, starter)
        if not finding.file.startswith(f"{Repository.starter_package}/")
    )
    yield from consistency_findings(root, course, collect_checks())
    yield from source_findings(root, course)


def _chosen(names: Sequence[str]) -> tuple[Part, ...]:
    known = {part.name: part for part in PARTS}
    for name in names:
        if name not in known:
            raise BadPart(f"--only {name}: there are {', '.join(known)}")
    return tuple(part for part in PARTS if not names or part.name in names)


def _old_record(request: Request, parts: Sequence[Part]) -> dict | None:
    """What is there already, once it is known that nothing of it is lost but what was released."""
    output = request.output
    if output.is_symlink() or (output.exists() and not output.is_dir()):
        raise CannotWrite(f"{output} is no folder; choose another --output")
    record = read_record(output)
    if record is None:
        if output.exists() and any(output.iterdir()):
            raise CannotWrite(
                f"{output} holds what no release has written; choose another --output"
            )
        return None
    everything = not request.only
    owned = [path.name for path in output.iterdir() if path.name != RECORD]
    if not everything:
        owned = [name for part in parts for name in part.owns]
    if not request.force and (found := others_work(output, record, owned)):
        raise CannotWrite(
            "\n".join(
                [
                    "This would be lost, since no release has written it so:",
                    *(f"  {output / name}" for name in found[:SHOWN]),
                    *(["  ..."] if len(found) > SHOWN else []),
                    "Move it away, release into another --output, or add --force.",
                ]
            )
        )
    return None if everything else record


def _refuse(console: Console, faults: Sequence[Finding]) -> ExitCode:
    places: dict[tuple[str, str], list[Finding]] = {}
    for finding in faults:
        places.setdefault((finding.problem, finding.detail), []).append(finding)
    for (_, detail), same in list(places.items())[:SHOWN]:
        also = f" (and in {len(same) - 1} more places)" if len(same) > 1 else ""
        console.print(Text(f"{same[0]}{also}"))
        if detail:
            console.print(Text(detail))
    if len(places) > SHOWN:
        console.print(Text(f"... and {len(places) - SHOWN} more"))
    count = "1 fault" if len(places) == 1 else f"{len(places)} faults"
    console.print(Text(f"{count}; nothing was released, and what was built before is as it was."))
    return ExitCode.FAILED


def _table(output: Path, parts: Sequence[Part], built: Mapping[str, Mapping[str, bytes]]) -> Table:
    shown = Table(title=Text(f"{output}/"), title_justify="left")
    shown.add_column("written", no_wrap=True)
    shown.add_column("files", justify="right")
    shown.add_column("size", justify="right")
    shown.add_column("what it is")
    for part in parts:
        for at, name in enumerate(part.owns):
            files = [
                content
                for path, content in built[part.name].items()
                if path == name or path.startswith(f"{name}/")
            ]
            folder = not (len(files) == 1 and name in built[part.name])
            size = sum(map(len, files))
            told = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
            shown.add_row(
                Text(f"{name}{'/' if folder else ''}"),
                str(len(files)),
                told,
                Text(part.what if at == 0 else ""),
            )
    return shown

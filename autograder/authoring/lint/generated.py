"""Generated and committed files that are outdated."""

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.authoring.findings import REGENERATE, Finding
from autograder.authoring.release.parts import PARTS, parts_text
from autograder.config import Course
from autograder.config.paths import Repository
from autograder.course.starter import generated, given, solution_modules
from autograder.grading.judging.checks import CheckInfo

from .points_table import README, points_table, with_table


def generated_files(
    root: Path, course: Course, checks: Iterable[CheckInfo]
) -> Iterator[tuple[str, str]]:
    """Path and text of the starter's stubs, of what reports call parts, and of README.md.

    Raises:
        SourceError: one of them cannot be made.
    """
    yield from stubs(root, course).items()
    yield PARTS, parts_text(course, Repository(root))
    readme = Repository(root).readme.read_text(encoding="utf-8")
    yield README, with_table(readme, points_table(course, checks))


def stubs(root: Path, course: Course) -> dict[str, str]:
    """Path -> text of the starter's modules that students fill in.

    Raises:
        StripError: one of them cannot be made.
    """
    others = given(Repository(root))
    modules = generated(root, course)
    return {f"{Repository.starter}/{n}": text for n, text in modules.items() if n not in others}


def outdated(root: Path, file: str, text: str) -> Iterator[Finding]:
    """A finding unless the file holds this text."""
    path = Repository(root).at(file)
    if not path.is_file():
        yield Finding(file, 1, f"missing: {REGENERATE}")
    elif (committed := path.read_text(encoding="utf-8")) != text:
        versions = committed.splitlines(keepends=True), text.splitlines(keepends=True)
        names = f"{file} (committed)", f"{file} (generated)"
        diff = list(difflib.unified_diff(*versions, *names, n=0))
        line = int(diff[2].split()[1].strip("-").partition(",")[0])  # @@ -12,3 +12 @@
        yield Finding(file, max(line, 1), f"outdated: {REGENERATE}", "".join(diff))


def surplus_modules(root: Path, course: Course) -> Iterator[Finding]:
    """Files of the starter's package that are no stubs of the solution's modules, as the course
    has them.
    """
    repository = Repository(root)
    others, unasked = given(repository), unasked_stubs(root, course)
    for path in sorted(repository.starter_package.rglob("*")):
        inside = path.relative_to(repository.starter).as_posix()
        file = f"{Repository.starter}/{inside}"
        is_stub = inside not in others and (repository.solution / inside).exists()
        if file in unasked:
            yield Finding(file, 1, f"the course asks nothing of this module: {REGENERATE}")
        elif path.is_file() and path.suffix != ".pyc" and not is_stub:
            problem = f"no stub of a module in {Repository.solution_package}/: remove it"
            yield Finding(file, 1, problem)


def unasked_stubs(root: Path, course: Course) -> list[str]:
    """Stubs in the starter of modules that the course, with its profile, does not have.

    Raises:
        StripError: a module of the solution cannot be stripped.
    """
    repository = Repository(root)
    left_out = solution_modules(repository).keys() - given(repository).keys()
    left_out -= generated(root, course).keys()
    return sorted(
        f"{Repository.starter}/{name}" for name in left_out if (repository.starter / name).is_file()
    )

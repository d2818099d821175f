"""Generated and committed files that are outdated."""

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.authoring.findings import REGENERATE, Finding
from autograder.authoring.release.parts import PARTS, parts_text
from autograder.config import Course
from autograder.config.paths import Repository
from autograder.course.starter import generated
from autograder.grading.judging.checks import CheckInfo

from .points_table import README, points_table, with_table


def generated_files(
    root: Path, course: Course, checks: Iterable[CheckInfo]
) -> Iterator[tuple[str, str]]:
    """Path and text of the starter's modules, of what reports call parts, and of README.md.

    Raises:
        SourceError: one of them cannot be made.
    """
    for name, text in generated(root, course).items():
        yield f"{Repository.starter}/{name}", text
    yield PARTS, parts_text(course)
    readme = Repository(root).readme.read_text(encoding="utf-8")
    yield README, with_table(readme, points_table(course, checks))


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


def surplus_modules(root: Path) -> Iterator[Finding]:
    """Files of the starter's package that the solution lacks."""
    repository = Repository(root)
    for path in sorted(repository.starter_package.rglob("*")):
        inside = path.relative_to(repository.starter)
        if path.is_file() and path.suffix != ".pyc" and not (repository.solution / inside).exists():
            file = f"{Repository.starter}/{inside.as_posix()}"
            yield Finding(file, 1, "the solution has no such module: remove it")

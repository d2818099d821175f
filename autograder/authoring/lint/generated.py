"""Generated and committed files that are stale: the starter, and what students see of parts."""

import difflib
from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import REGENERATE, Finding
from autograder.authoring.release.parts import PARTS, parts_text
from autograder.config import Course
from autograder.config.files import write_whole
from autograder.config.paths import Repository
from autograder.course.selection import PACKAGE
from autograder.course.starter import generated


def starter_findings(root: Path, course: Course) -> Iterator[Finding]:
    """Where the committed starter is not what the solution generates."""
    wanted = generated(root, course)
    folder = Repository(root).starter
    present = {
        path.relative_to(folder).as_posix()
        for path in (folder / PACKAGE).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    for inside in sorted(present - set(wanted)):
        yield Finding(
            f"{Repository.starter}/{inside}", 1, "the solution has no such module: remove it"
        )
    for inside, text in wanted.items():
        if inside not in present:
            yield Finding(f"{Repository.starter}/{inside}", 1, f"missing: {REGENERATE}")
            continue
        committed = (folder / inside).read_text()
        if committed != text:
            diff = list(
                difflib.unified_diff(
                    committed.splitlines(keepends=True),
                    text.splitlines(keepends=True),
                    f"{Repository.starter}/{inside} (committed)",
                    f"{Repository.starter}/{inside} (from the solution)",
                )
            )
            line = int(diff[2].split()[1].strip("-").partition(",")[0])
            problem = f"not what the solution generates: {REGENERATE}"
            yield Finding(f"{Repository.starter}/{inside}", line, problem, "".join(diff))


def write_starter(root: Path, course: Course) -> list[str]:
    """Write what `generated` says wherever the starter differs; return the paths written."""
    written = []
    for inside, text in generated(root, course).items():
        path = Repository(root).starter / inside
        if not path.is_file() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
            written.append(f"{Repository.starter}/{inside}")
    return written


def parts_findings(root: Path, course: Course) -> Iterator[Finding]:
    """Whether students would see other parts and tasks than there are."""
    path = Repository(root).parts
    if not path.is_file() or path.read_text(encoding="utf-8") != parts_text(course):
        yield Finding(PARTS, 1, f"the parts of grading.yaml are others: {REGENERATE}")

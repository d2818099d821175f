"""The starter as the solution generates it: starter/diffusion/ mirrors solution/diffusion/."""

import difflib
from collections.abc import Iterator
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import Repository, files_in
from autograder.report.files import write_whole

from .findings import Finding
from .selection import PACKAGE, selected, unasked
from .strip import StripError, Stub, strip

NOT_ASKED = "Not asked in this course"  # where a stub stays, since something refers to it
REGENERATE = "run `autograder check --write`"


def stubs_by_file(course: Course) -> dict[str, dict[str, Stub]]:
    """File name -> top-level name -> the part and task that its stub names."""
    stubs: dict[str, dict[str, Stub]] = {}
    for assignment in course.assignments:
        for part in assignment.parts:
            title = part.title.partition(":")[0]
            for task in part.tasks:
                for name in task.stubs:
                    assert task.file is not None
                    stubs.setdefault(task.file, {})[name] = Stub(title, task.id)
    for (path, name), task in unasked(course).items():
        file = path.removeprefix(f"{PACKAGE}/")
        stubs.setdefault(file, {})[name] = Stub(NOT_ASKED, task)
    return stubs


def generated(root: Path, course: Course) -> dict[str, str]:
    """Path below starter/ -> text, for every module of the solution, as the course has it.

    Raises:
        StripError: a module cannot be stripped, or a name of the course is taken.
    """
    stubs = stubs_by_file(course)
    modules = {}
    package = Repository(root).solution_package
    for path in files_in(package, ".py"):
        inside = path.relative_to(package.parent).as_posix()
        name = path.relative_to(package).as_posix()
        try:
            modules[inside] = strip(path.read_text(), inside, stubs.pop(name, {}))
        except StripError as error:
            raise StripError(
                f"{Repository.solution}/{error.file}", error.line, error.problem
            ) from None
    for name, of_file in stubs.items():
        raise StripError(
            f"{Repository.solution_package}/{name}", 1, f"missing, and holds {', '.join(of_file)}"
        )
    return selected(modules, course)


def solved(root: Path, course: Course) -> dict[str, str]:
    """The same of the solution, with its markers: what a right submission of this course is.

    Raises:
        StripError: a name of the course is taken.
    """
    package = Repository(root).solution_package
    modules = {
        path.relative_to(package.parent).as_posix(): path.read_text()
        for path in files_in(package, ".py")
    }
    return selected(modules, course)


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

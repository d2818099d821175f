"""The starter as the solution generates it: starter/diffusion/ mirrors solution/diffusion/."""

from pathlib import Path

from autograder.config import Course
from autograder.config.paths import Repository, files_in

from .selection import PACKAGE, selected, unasked
from .strip import StripError, Stub, strip

NOT_ASKED = "Not asked in this course"  # where a stub stays, since something refers to it


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

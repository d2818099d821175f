"""The modules that students start from; grading completes every submission with them.

The solution generates it: starter/diffusion/ mirrors solution/diffusion/.
"""

from functools import cache
from pathlib import Path

from autograder.config import Course
from autograder.config.paths import REPOSITORY, Repository, files_in

from .selection import PACKAGE, selected, stubs_of_others
from .strip import StripError, Stub, strip

NOT_IN_COURSE = "Not asked in this course"  # for a stub that stays, since other code uses it


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
    for (path, name), task in stubs_of_others(course).items():
        file = path.removeprefix(f"{PACKAGE}/")
        stubs.setdefault(file, {})[name] = Stub(NOT_IN_COURSE, task)
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
    """The solution as a right submission of this course, with its markers.

    Raises:
        StripError: a name of the course is taken.
    """
    package = Repository(root).solution_package
    modules = {
        path.relative_to(package.parent).as_posix(): path.read_text()
        for path in files_in(package, ".py")
    }
    return selected(modules, course)


def started_from(course: Course, repository: Repository = REPOSITORY) -> dict[str, bytes]:
    """Path -> content of the starter's modules.

    The committed starter is that of grading.yaml as it stands; a profile's is made from the
    solution. Where autograder.zip is unpacked, which has no solution, the starter is the profile's.

    Raises:
        MissingPath: the solution or the starter is missing.
    """
    if course.profile is None or repository.is_unpacked_zip:
        return committed_starter(repository)
    return _generated(course.model_dump_json(), repository)


@cache
def committed_starter(repository: Repository = REPOSITORY) -> dict[str, bytes]:
    """Path -> content of the modules of starter/."""
    package = repository.starter_package
    return {
        path.relative_to(package.parent).as_posix(): path.read_bytes()
        for path in files_in(package, ".py")
    }


@cache  # every submission's key asks
def _generated(course: str, repository: Repository) -> dict[str, bytes]:
    modules = generated(repository.root, Course.model_validate_json(course))
    return {name: text.encode() for name, text in modules.items()}

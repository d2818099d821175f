"""What the students of a course start from, which is laid below every submission."""

from functools import cache

from autograder.config import Course
from autograder.config.paths import REPOSITORY, Repository, files_in

from .starter import generated


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

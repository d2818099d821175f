"""What the students of a course start from, which is laid below every submission."""

from functools import cache

from .config import Course
from .config.paths import REPOSITORY, Repository
from .intake.terms import Terms, committed_starter


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


@cache  # every submission's key asks
def _generated(course: str, repository: Repository) -> dict[str, bytes]:
    from .release.starter import generated  # late: what makes releases is needed nowhere else here

    modules = generated(repository.root, Course.model_validate_json(course))
    return {name: text.encode() for name, text in modules.items()}


def terms_of(course: Course) -> Terms:
    """What taking a submission of this course goes by."""
    return Terms(course.hands_in, started_from(course), course.names)

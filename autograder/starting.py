"""What the students of a course start from, which is laid below every submission."""

from functools import cache
from pathlib import Path

from .config import Course
from .intake import PACKAGE
from .intake.terms import Terms, committed_starter

ROOT = Path(__file__).resolve().parents[1]


def started_from(course: Course) -> dict[str, bytes]:
    """Path -> content of the starter's modules.

    The committed starter is that of grading.yaml as it stands; a profile's is made from the
    solution. Where there is no solution, as on a platform's machine, the starter is the profile's.
    """
    if course.profile is None or not (ROOT / "solution" / PACKAGE).is_dir():
        return committed_starter()
    return _generated(course.model_dump_json())


@cache  # every submission's key asks
def _generated(course: str) -> dict[str, bytes]:
    from .release.starter import generated  # late: what makes releases is needed nowhere else here

    modules = generated(ROOT, Course.model_validate_json(course))
    return {name: text.encode() for name, text in modules.items()}


def terms_of(course: Course) -> Terms:
    """What taking a submission of this course goes by."""
    return Terms(course.hands_in, started_from(course), course.names)

"""From the text of `grading.yaml` to a valid `Course`, or to problems that name their line."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .clock import broken_dates, in_its_zone
from .models import Course
from .paths import REPOSITORY
from .profiles import applied, profile_path
from .reading import BadYaml, Place, Problem, as_model, field_at, line_of, parse, plain
from .rules import broken_options, broken_rules


class GradingError(BadYaml):
    """`grading.yaml` cannot be used; `problems` lists every fault."""


def load_course(path: Path | None = None, profile: str | None = None) -> Course:
    """Read and validate `grading.yaml` and a profile: the given one, or that of `grading.yaml`.

    Raises:
        GradingError: with every problem, each with its file and line.
    """
    path = path or REPOSITORY.grading
    try:
        data = parse(path)
        course = as_model(Course, path, data, plain(data))
        _check_rules(path, data, [*_broken(course), *broken_options(course)])
        name = profile or course.profile
        if name is None:
            return in_its_zone(course)
        path = profile_path(path, name)
        data = parse(path)
        chosen = as_model(Course, path, data, applied(path, data, course, name))
        _check_rules(path, data, _broken(chosen))
    except BadYaml as error:
        raise GradingError(error.problems) from None
    return in_its_zone(chosen)


def _broken(course: Course) -> Iterator[tuple[Place, str]]:
    yield from broken_rules(course)
    yield from broken_dates(course)


def _check_rules(path: Path, data: Any, broken: Iterable[tuple[Place, str]]) -> None:
    problems = [
        Problem(path, line_of(data, place), field_at(data, place), advice)
        for place, advice in broken
    ]
    if problems:
        raise BadYaml(problems)

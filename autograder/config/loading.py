"""From the text of `grading.yaml` to a valid `Course`, or to problems that name their line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from .models import Assignment, Course, Gradescope, LatePolicy, Part, Task
from .paths import REPOSITORY
from .profiles import applied, profile_path
from .reading import BadYaml, Place, Problem, advice_on, line_of, parse, plain
from .rules import broken_options, broken_rules


class GradingError(BadYaml):
    """`grading.yaml` cannot be used; `problems` has every fault that was found."""


def load_course(path: Path | None = None, profile: str | None = None) -> Course:
    """Read and validate `grading.yaml` and the profile that is asked for, here or there.

    Raises:
        GradingError: with every problem, each with its file and line.
    """
    path = path or REPOSITORY.grading
    try:
        data = parse(path)
        course = _validated(path, data, plain(data))
        _keep_rules(path, data, [*broken_rules(course), *broken_options(course)])
        name = profile or course.profile
        if name is None:
            return course
        path = profile_path(path, name)
        data = parse(path)
        chosen = _validated(path, data, applied(path, data, course, name))
        _keep_rules(path, data, broken_rules(chosen))
    except BadYaml as error:
        raise GradingError(error.problems) from None
    return chosen


def _validated(path: Path, data: Any, values: Any) -> Course:
    try:
        return Course.model_validate(values)
    except ValidationError as error:
        faults = [fault for fault in error.errors() if not _follows(fault)]
        raise BadYaml([_problem(path, data, fault) for fault in faults]) from None


def _keep_rules(path: Path, data: Any, broken: Iterable[tuple[Place, str]]) -> None:
    problems = [
        Problem(path, line_of(data, place), _field(data, place), advice) for place, advice in broken
    ]
    if problems:
        raise BadYaml(problems)


def _field(data: Any, place: Place) -> str:
    """`place` in words: entries by their id where they have one."""
    words = []
    for depth, step in enumerate(place, 1):
        data = _child(data, step)
        name = data.get("id") if isinstance(data, dict) else None
        if isinstance(step, int):
            words.append(str(name) if name else f"entry {step + 1}")
        elif depth == len(place) or step not in ("assignments", "parts", "tasks"):
            words.append(step)
    return " > ".join(words) or "file"


def _child(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _follows(fault: Any) -> bool:
    """A list of which no entry is valid counts as empty: the entries' own faults say why."""
    return fault["type"] == "too_short" and len(fault["input"]) > 0


def _problem(path: Path, data: Any, fault: Any) -> Problem:
    place = [step for step in fault["loc"] if step != "[key]"]
    advice = advice_on(fault, list(_model_at(place).model_fields))
    return Problem(path, line_of(data, place), _field(data, place), advice)


def _model_at(place: Place) -> type[BaseModel]:
    if "late" in place:
        return LatePolicy
    if place[:1] == ["gradescope"] and len(place) > 1:
        return Gradescope
    depth = sum(isinstance(step, int) for step in place)
    if place and place[0] == "optional":
        return Task if depth else Course
    return (Course, Assignment, Part, Task)[min(depth, 3)]

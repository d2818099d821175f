"""From the text of `grading.yaml` to a valid `Course`, or to problems that name their line."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from .models import Assignment, Course, Part, Task
from .rules import broken_rules

GRADING_YAML = Path(__file__).resolve().parents[2] / "grading.yaml"

Place = Sequence[str | int]


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it stands and what to do about it."""

    file: Path
    line: int
    field: str
    advice: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.advice}"


class GradingError(Exception):
    """`grading.yaml` cannot be used; `problems` has every fault that was found."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(map(str, self.problems)))


def load_course(path: Path = GRADING_YAML) -> Course:
    """Read and validate `grading.yaml`.

    Raises:
        GradingError: with every problem, each with its line.
    """
    data = _parse(path)
    try:
        course = Course.model_validate(_plain(data))
    except ValidationError as error:
        faults = [fault for fault in error.errors() if not _follows(fault)]
        raise GradingError([_problem(path, data, fault) for fault in faults]) from None
    broken = [
        Problem(path, _line(data, place), _field(data, place), advice)
        for place, advice in broken_rules(course)
    ]
    if broken:
        raise GradingError(broken)
    return course


# ------------------------------------------------------------------------------------ the YAML


class _Constructor(RoundTripConstructor):
    """Dates stay text: pydantic reads them, and refuses the ones without a time zone."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda self, node: node.value)


def _parse(path: Path) -> Any:
    yaml = YAML()
    yaml.Constructor = _Constructor
    try:
        return yaml.load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = " ".join(str(error.problem or error.context).split())
        raise GradingError([Problem(path, line, "YAML", what)]) from None
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise GradingError([Problem(path, 1, "file", f"cannot be read: {error}")]) from None


def _plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(item) for item in data]
    if isinstance(data, str):
        return str(data)
    return float(data) if isinstance(data, float) else data


def _line(data: Any, place: Place) -> int:
    """The line of the deepest part of `place` that the file has."""
    line = 1
    for step in place:
        if isinstance(data, dict) and step in data:
            line = data.lc.key(step)[0] + 1
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            line = data.lc.item(step)[0] + 1
        else:
            break
        data = data[step]
    return line


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


# ------------------------------------------------------------------- pydantic's faults, in words


def _follows(fault: Any) -> bool:
    """A list of which no entry is valid counts as empty: the entries' own faults say why."""
    return fault["type"] == "too_short" and len(fault["input"]) > 0


def _problem(path: Path, data: Any, fault: Any) -> Problem:
    place = [step for step in fault["loc"] if step != "[key]"]
    return Problem(path, _line(data, place), _field(data, place), _advice(fault, place))


def _advice(fault: Any, place: Place) -> str:
    match fault["type"]:
        case "extra_forbidden":
            known = list(_model_at(place).model_fields)
            close = difflib.get_close_matches(str(place[-1]), known, n=1)
            meant = f"did you mean {close[0]}?" if close else f"known keys: {', '.join(known)}"
            return f"unknown key; {meant}"
        case "missing":
            return "is missing; add it"
        case "too_short":
            return "is empty; add an entry, or remove it"
        case "model_type" | "tuple_type" | "dict_type":
            return "is not of this form; compare the entries around it"
        case "timezone_aware":
            return "has no time zone; write it like 2026-12-11T23:59:00+01:00"
        case "string_pattern_mismatch":
            return "use letters, digits and _ only, a letter first (lower case in ids)"
        case kind if kind.startswith("datetime"):
            return "is no date; write it like 2026-12-11T23:59:00+01:00"
    shown = "" if isinstance(fault["input"], dict | list) else f", not {fault['input']!r}"
    return fault["msg"].removeprefix("Value error, ").removeprefix("Input ") + shown


def _model_at(place: Place) -> type[BaseModel]:
    depth = sum(isinstance(step, int) for step in place)
    return (Course, Assignment, Part, Task)[min(depth, 3)]

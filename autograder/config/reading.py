"""Reading YAML: plain data, models of it, and for every fault its line and its remedy."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML, CommentedMap, CommentedSeq, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Place = Sequence[str | int]
SHOWN = 20  # names in a hint
DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One fault: its place and its remedy."""

    file: Path
    line: int
    field: str
    advice: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.advice}"


class BadYaml(Exception):
    """A file cannot be used; `problems` lists every fault."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        super().__init__("\n".join(map(str, self.problems)))


class _Constructor(RoundTripConstructor):
    """Dates stay text: pydantic reads them, and refuses the ones without a time zone."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda self, node: node.value)


def parse(path: Path) -> Any:
    """The content of a file, with the lines that `line_of` needs; nobody may change it.

    Raises:
        BadYaml: it cannot be read.
    """
    try:
        return _loaded(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = " ".join(str(error.problem or error.context).split())
        advice = f"{what}; look at the indentation, quotes and colons here and a line above"
        if "mapping values are not allowed" in what:
            advice = f'{what}: put text that contains a colon in quotes, "Part 1: blocks"'
        raise BadYaml([Problem(path, line, "YAML", advice)]) from None
    except FileNotFoundError:
        raise BadYaml([Problem(path, 1, "file", "there is none; restore it")]) from None
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise BadYaml([Problem(path, 1, "file", f"cannot be read: {error}")]) from None


@lru_cache(64)
def _loaded(text: str) -> Any:
    """The content of a text, which nobody may change."""
    yaml = YAML()
    yaml.Constructor = _Constructor
    return yaml.load(text)


def plain(data: Any) -> Any:
    """Parsed YAML as ordinary dicts, lists, numbers and text."""
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(item) for item in data]
    if isinstance(data, str):
        return str(data)
    return float(data) if isinstance(data, float) else data


def line_of(data: Any, place: Place) -> int:
    """The line of `place`, or of the deepest part of it that the file has."""
    line = 1
    for step in place:
        if isinstance(data, CommentedMap) and step in data:
            line = data.lc.key(step)[0] + 1
        elif isinstance(data, CommentedSeq) and isinstance(step, int) and step < len(data):
            line = data.lc.item(step)[0] + 1
        else:
            break
        data = data[step]
    return line


def field_at(data: Any, place: Place) -> str:
    """`place` in words: entries by their id where they have one."""
    words = []
    for depth, step in enumerate(place, 1):
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        name = data.get("id") if isinstance(data, dict) else None
        if isinstance(step, int):
            words.append(str(name) if name else f"entry {step + 1}")
        elif depth == len(place) or step not in ("assignments", "parts", "tasks"):
            words.append(step)
    return " > ".join(words) or "file"


def as_model(model: type[Model], path: Path, data: Any, values: Any) -> Model:
    """A file as a model of pydantic.

    Args:
        model: what the file holds.
        path: the file.
        data: the file as parsed, which knows its lines.
        values: `data` as plain values, perhaps with defaults from elsewhere.

    Raises:
        BadYaml: with every fault.
    """
    empty = [
        Problem(path, line_of(data, place), field_at(data, place), _advice_on_empty(model, place))
        for place in _empty(data if isinstance(data, dict | list) else ())
    ]
    if empty:
        raise BadYaml(empty)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = error.errors()
    problems = []
    for fault in faults:
        if fault["type"] == "too_short" and len(fault["input"]):
            continue  # no entry of the list is valid, and each has a fault of its own
        place = [step for step in fault["loc"] if step != "[key]"]
        advice = advice_on(fault, _keys_at(model, place))
        problems.append(Problem(path, line_of(data, place), field_at(data, place), advice))
    raise BadYaml(problems)


def _empty(data: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of keys and entries without a value, as `late:` alone in its line."""
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    for step, value in entries:
        number = isinstance(data, dict) and isinstance(step, int)  # of 6,5, which is another fault
        if value is None and not number:
            yield (*place, step)
        elif isinstance(value, dict | list):
            yield from _empty(value, (*place, step))


def _advice_on_empty(model: type[BaseModel], place: Place) -> str:
    field = _model_at(model, place).model_fields.get(str(place[-1]))
    return "is empty; fill it" if field and field.is_required() else "is empty; fill or remove it"


def _keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that may stand beside the last step of `place`."""
    return list(_model_at(model, place).model_fields)


def _model_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    """The model whose key the last step of `place` is."""
    for step in place[:-1]:
        field = model.model_fields.get(str(step))
        model = (field and _model_in(field.annotation)) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the closest known one, else what there is to choose from."""
    known = list(known)
    if close := difflib.get_close_matches(name, known, n=1):
        return f"did you mean {close[0]}?"
    more = " ..." if len(known) > SHOWN else ""
    return f"choose from {', '.join(known[:SHOWN]) or 'none'}{more}"


def advice_on(fault: Any, known: Sequence[str]) -> str:
    """The remedy of a fault that pydantic found; `known` are the keys that are allowed there."""
    match fault["type"]:
        case "extra_forbidden" if str(fault["loc"][-1]).isdigit():
            return "a number stands alone here; write 6.5 with a point, not 6,5"
        case "extra_forbidden":
            return f"unknown key; {did_you_mean(str(fault['loc'][-1]), known)}"
        case "missing":
            return "is missing; add it"
        case "too_short":
            return "is empty; add an entry"
        case "model_type" | "tuple_type" | "dict_type":
            return "is not of this form; compare the entries around it"
        case "timezone_aware":
            return "has no time zone; write it like 2026-12-11T23:59:00+01:00"
        case "string_pattern_mismatch":
            return "use letters, digits and _ only, a letter first (lower case in ids)"
        case kind if kind.startswith("datetime"):
            return "is no date; write it like 2026-12-11T23:59:00+01:00"
    if isinstance(fault["input"], str) and DECIMAL_COMMA.fullmatch(fault["input"].strip()):
        return f"is no number; write {fault['input'].strip().replace(',', '.')} with a point"
    shown = "" if isinstance(fault["input"], dict | list) else f", not {fault['input']!r}"
    return fault["msg"].removeprefix("Value error, ").removeprefix("Input ") + shown

"""Gradescope's bulk export: folders submission_123, and submission_metadata.yml that says whose.

The file is read event by event. Nothing in it is built that nobody asked for, so that neither its
size nor what its aliases would grow to matters: results and histories are passed by.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import yaml

from checkkit.text import one_line

from .locations import Location
from .source import Student, SubmissionSource
from .submission import BadSubmission
from .trees import Tree, real_folders

METADATA = "submission_metadata.yml"
MAX_BYTES = 256_000_000
MAX_VALUE = 1000
DEEPEST = 4
WANTED = {":submitters", ":created_at"}
TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]+(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?"
)


def gradescope(tree: Tree, location: Location) -> list[SubmissionSource]:
    """The submissions of an export; none where this is no export."""
    if METADATA not in tree.files:
        return []
    try:
        records = read_metadata(tree.read(METADATA, MAX_BYTES))
    except (BadSubmission, yaml.YAMLError, UnicodeError) as error:
        why = error.why if isinstance(error, BadSubmission) else one_line(str(error))
        problem = f"its {METADATA} cannot be read ({why}); export it again"
        return [SubmissionSource(location, location.whole, problem=problem)]
    names = real_folders(tree) + [n for n in tree.files if n in records]
    missing = "is in the metadata of the export, and its files are missing; export it again"
    return [_found(location.below(name), records.get(name)) for name in names] + [
        _found(location.below(name.replace("/", "-")), record, missing)
        for name, record in records.items()
        if name not in names
    ]


def _found(location: Location, record: Any, problem: str = "") -> SubmissionSource:
    record = record if isinstance(record, dict) else {}
    listed = record.get(":submitters")
    students = map(_student, listed) if isinstance(listed, list) else ()
    return SubmissionSource(
        location,
        location.whole,
        tuple(dict.fromkeys(student for student in students if student)),
        _time(record.get(":created_at")),
        problem,
    )


def _student(record: Any) -> Student | None:
    """One person of a submission; known by the student number, else by the email."""
    record = record if isinstance(record, dict) else {}
    number, name, email = (
        one_line(str(record.get(key) or ""), 100) for key in (":sid", ":name", ":email")
    )
    return Student(number or email or name, name, email) if number or email or name else None


def _time(value: Any) -> datetime | None:
    """When it came; Rails writes a time alone or, for some, an object that holds it as `utc`."""
    value = value.get("utc") if isinstance(value, dict) else value
    match = TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "UTC") else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:<06}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# ------------------------------------------------------------------------------- the YAML file


def read_metadata(content: bytes) -> dict[str, dict[str, Any]]:
    """Of each submission its submitters and its time; every scalar as text.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    events = yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    anchors: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            return dict(_records(events, anchors))
        if isinstance(event, yaml.NodeEvent):
            break
    raise yaml.YAMLError("it lists no submissions")


def _records(events: Iterator[Any], anchors: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The entries of the outermost mapping, of each only what is wanted."""
    for key in _keys(events):
        event = next(events)
        record = {}
        if isinstance(event, yaml.MappingStartEvent):
            for name in _keys(events):
                if name in WANTED:
                    record[name] = _value(next(events), events, anchors)
                else:
                    _pass_by(next(events), events)
        else:
            _pass_by(event, events)
        yield key, record


def _keys(events: Iterator[Any]) -> Iterator[str]:
    """The keys of a mapping; whoever asks has read the value when the next one comes."""
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            return
        if isinstance(event, yaml.ScalarEvent):
            yield event.value[:MAX_VALUE]
        else:
            _pass_by(event, events)
            yield ""


def _value(event: Any, events: Iterator[Any], anchors: dict[str, Any], depth: int = 0) -> Any:
    """A node as text, lists and dicts; an alias is the very thing that it names."""
    if isinstance(event, yaml.AliasEvent):
        return anchors.get(event.anchor)
    if isinstance(event, yaml.ScalarEvent):
        value: Any = event.value[:MAX_VALUE]
    elif depth == DEEPEST:
        _pass_by(event, events)
        value = None
    elif isinstance(event, yaml.SequenceStartEvent):
        value = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            value.append(_value(inner, events, anchors, depth + 1))
    else:
        value = {key: _value(next(events), events, anchors, depth + 1) for key in _keys(events)}
    if event.anchor:
        anchors[event.anchor] = value
    return value


def _pass_by(event: Any, events: Iterator[Any]) -> None:
    """Read a node to its end and keep nothing of it."""
    depth = isinstance(event, yaml.CollectionStartEvent)
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)

"""Gradescope's bulk export: folders submission_123, and submission_metadata.yml that says whose.

The file is read event by event. Only what is wanted is built, so that neither its size nor what its
aliases would grow to matters: results and histories are skipped.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from checkkit.text import one_line

from .source import Location, Student, SubmissionSource
from .submission import BadSubmission
from .trees import Tree, real_folders

METADATA = "submission_metadata.yml"
MAX_BYTES = 256_000_000
MAX_VALUE = 1000
DEEPEST = 6
WANTED = {":submitters", ":created_at"}


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
    return [_source(location.below(name), records.get(name)) for name in names] + [
        _source(location.below(name.replace("/", "-")), record, missing)
        for name, record in records.items()
        if name not in names
    ]


def _source(location: Location, record: Any, problem: str = "") -> SubmissionSource:
    record = record if isinstance(record, dict) else {}
    listed = record.get(":submitters")
    students = map(_student, listed) if isinstance(listed, list) else ()
    return SubmissionSource(
        location,
        location.whole,
        tuple(dict.fromkeys(student for student in students if student)),
        problem=problem,
        time_text=_created_at(record.get(":created_at")),
    )


def _student(record: Any) -> Student | None:
    """One person of a submission; known by the student number, else by the email."""
    record = record if isinstance(record, dict) else {}
    number, name, email = (
        one_line(str(record.get(key) or ""), 100) for key in (":sid", ":name", ":email")
    )
    return Student.of_gradescope(number, email, name)


def _created_at(value: Any) -> str:
    """When it came; Rails writes a time alone or, for some, an object that holds it as `utc`."""
    value = value.get("utc") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""


# ------------------------------------------------------------------------------- the YAML file


def read_metadata(content: bytes) -> dict[str, dict[str, Any]]:
    """Of each submission its submitters and its time; every scalar as text.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    events = yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            return _value(event, events, {})
        if isinstance(event, yaml.NodeEvent):
            break
    raise yaml.YAMLError("it lists no submissions")


def _keys(events: Iterator[Any]) -> Iterator[str]:
    """The keys of a mapping; whoever asks has read the value when the next one comes."""
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            return
        if isinstance(event, yaml.ScalarEvent):
            yield event.value[:MAX_VALUE]
        else:
            _skip(event, events)
            yield ""


def _value(event: Any, events: Iterator[Any], anchors: dict[str, Any], depth: int = 0) -> Any:
    """A node as text, lists and dicts; an alias is the very thing that it names.

    The outermost mapping has the submissions, of each of which only what is wanted is kept.
    """
    if isinstance(event, yaml.AliasEvent):
        return anchors.get(event.anchor)
    if isinstance(event, yaml.ScalarEvent):
        value: Any = event.value[:MAX_VALUE]
    elif depth == DEEPEST:
        _skip(event, events)
        value = None
    elif isinstance(event, yaml.SequenceStartEvent):
        value = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            value.append(_value(inner, events, anchors, depth + 1))
    else:
        value = {}
        for key in _keys(events):
            if depth == 1 and key not in WANTED:
                _skip(next(events), events)
            else:
                value[key] = _value(next(events), events, anchors, depth + 1)
    if event.anchor:
        anchors[event.anchor] = value
    return value


def _skip(event: Any, events: Iterator[Any]) -> None:
    """Read a node to its end and keep nothing of it."""
    depth = isinstance(event, yaml.CollectionStartEvent)
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)

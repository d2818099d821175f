"""From the bytes of a reply to evidence, or to the exception that says why there is none.

Pure functions over hostile bytes: any input whatever leads to a value of the declared kind or to
`ProtocolBroken`, `CheckFailed`, `NotAttempted` or `SubmissionRaised`, and to nothing else.
"""

from typing import Any, NamedTuple

from checkkit.runner.evidence import CheckFailed, Returns, conform
from checkkit.runner.outcomes import (
    CRASH_WORDS,
    MOST_INSIDE,
    Crash,
    NotAttempted,
    ProtocolBroken,
    SubmissionRaised,
    unreadable,
)
from checkkit.text import one_line, printable

from .wire import WireError, unpack

TEXT, LINE = 4000, 240
EVIDENCE_TEXT = 32_000  # as much as the worker sends
MOST_FRAMES, MOST_CHANGES = 12, 16
MALFORMED = "the worker's reply is malformed"


class Reply(NamedTuple):
    """What a worker says about one probe; `changed` names switches of torch that were flipped."""

    message: dict[str, Any]
    changed: tuple[str, ...]


def read_reply(header: bytes, body: bytes, token: str) -> Reply:
    """The reply to the request that carried `token`.

    Raises:
        ProtocolBroken: it is no reply, or one to something else.
    """
    message = read_message(header, body, "evidence", "refused", "raised")
    if message.get("token") != token:
        raise ProtocolBroken("the worker answered another question")
    changed = message.get("changed")
    if not isinstance(changed, list) or not all(isinstance(name, str) for name in changed):
        raise ProtocolBroken(MALFORMED)
    return Reply(message, tuple(one_line(name, LINE) for name in changed[:MOST_CHANGES]))


def evidence_of(reply: Reply, returns: Returns) -> dict[str, Any]:
    """The evidence as declared.

    Raises:
        CheckFailed: it is something else than declared.
        NotAttempted, SubmissionRaised, Unreadable: the submission raised an exception.
        ProtocolBroken: the reply is malformed.
    """
    match reply.message:
        case {"kind": "evidence", "values": dict(values)}:
            wanted = {name: _clean(values[name]) for name in returns if name in values}
            return conform(wanted, returns)
        case {"kind": "refused", "text": str(text)}:
            raise CheckFailed(printable(text[:TEXT]))
        case {"kind": "raised", "type": str(kind), "text": str(text), "stub": bool(stub)}:
            text, traceback = printable(text[:TEXT]), _traceback(reply.message.get("frames"))
            crash = _crash(reply.message.get("crash"))
            if stub:
                raise NotAttempted(text)
            raise unreadable(SubmissionRaised(printable(kind[:LINE]), text, traceback, crash))
    raise ProtocolBroken(MALFORMED)


def read_message(header: bytes, body: bytes, *kinds: str) -> dict[str, Any]:
    """A message of one of these kinds. Raises ProtocolBroken."""
    try:
        message = unpack(header, body)
    except WireError as error:
        raise ProtocolBroken(f"{MALFORMED}: {error}") from None
    if not isinstance(message, dict) or message.get("kind") not in kinds:
        raise ProtocolBroken(MALFORMED)
    return message


def _traceback(frames: Any) -> str:
    if not isinstance(frames, list):
        raise ProtocolBroken(MALFORMED)
    return "\n".join(map(_frame, frames[:MOST_FRAMES]))


def _crash(crash: Any) -> Crash:
    match crash:
        case [str(file), int(line), str(code), str(words), list(inside)]:
            if not all(isinstance(name, str) for name in inside):
                raise ProtocolBroken(MALFORMED)
            names = tuple(one_line(name, LINE) for name in inside[:MOST_INSIDE])
            words = one_line(words, CRASH_WORDS)
            return Crash(one_line(file, LINE), line, one_line(code, LINE), words, names)
    raise ProtocolBroken(MALFORMED)


def _frame(frame: Any) -> str:
    if not isinstance(frame, list) or [type(part) for part in frame] != [str, int, str, str]:
        raise ProtocolBroken(MALFORMED)
    file, line, function, source = frame
    file, function, source = (one_line(part, LINE) for part in (file, function, source))
    return f'  File "{file}", line {line}, in {function}\n    {source}'


def _clean(value: Any) -> Any:
    return printable(value[:EVIDENCE_TEXT]) if isinstance(value, str) else value

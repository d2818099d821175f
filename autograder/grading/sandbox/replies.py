"""From the bytes of a reply to evidence, or to the exception that says why there is none.

Pure functions over hostile bytes: any input whatever leads to a value of the declared kind or to
`ProtocolBroken`, `CheckFailed`, `NotAttempted` or `SubmissionRaised`, and to nothing else.
"""

from typing import Any, NamedTuple

from checkkit.runner.evidence import CheckFailed, Returns, conform
from checkkit.runner.outcomes import NotAttempted, ProtocolBroken, SubmissionRaised
from checkkit.text import one_line, printable

from .wire import WireError, unpack

TEXT, LINE = 4000, 240
EVIDENCE_TEXT = 32_000  # as much as the worker sends
MOST_FRAMES, MOST_CHANGES = 12, 16


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
        raise ProtocolBroken("the worker's reply is malformed")
    return Reply(message, tuple(one_line(name, LINE) for name in changed[:MOST_CHANGES]))


def evidence_of(reply: Reply, returns: Returns) -> dict[str, Any]:
    """The evidence as declared.

    Raises:
        CheckFailed: it is something else than declared.
        NotAttempted, SubmissionRaised: the submission raised an exception.
        ProtocolBroken: the reply is malformed.
    """
    message = reply.message
    if message["kind"] == "refused":
        raise CheckFailed(_text(message, "text", TEXT))
    if message["kind"] == "raised":
        raise _raised(message)
    values = message.get("values")
    if not isinstance(values, dict):
        raise ProtocolBroken("the worker's reply is malformed")
    wanted = {name: _clean(values[name]) for name in returns if name in values}
    return conform(wanted, returns)


def read_message(header: bytes, body: bytes, *kinds: str) -> dict[str, Any]:
    """A message of one of these kinds. Raises ProtocolBroken."""
    try:
        message = unpack(header, body)
    except WireError as error:
        raise ProtocolBroken(f"the worker's reply is malformed: {error}") from None
    if not isinstance(message, dict) or message.get("kind") not in kinds:
        raise ProtocolBroken("the worker's reply is malformed")
    return message


def _raised(message: dict[str, Any]) -> NotAttempted | SubmissionRaised:
    kind, text = _text(message, "type", LINE), _text(message, "text", TEXT)
    stub, frames = message.get("stub"), message.get("frames")
    if not isinstance(stub, bool) or not isinstance(frames, list):
        raise ProtocolBroken("the worker's reply is malformed")
    traceback = "\n".join(_frame(frame) for frame in frames[:MOST_FRAMES])
    if stub:
        return NotAttempted(text)
    return SubmissionRaised(kind, text, traceback)


def _frame(frame: Any) -> str:
    if not isinstance(frame, list) or [type(part) for part in frame] != [str, int, str, str]:
        raise ProtocolBroken("the worker's reply is malformed")
    file, line, function, source = frame
    file, function, source = (one_line(part, LINE) for part in (file, function, source))
    return f'  File "{file}", line {line}, in {function}\n    {source}'


def _clean(value: Any) -> Any:
    return printable(value[:EVIDENCE_TEXT]) if isinstance(value, str) else value


def _text(message: dict[str, Any], name: str, limit: int) -> str:
    if not isinstance(message.get(name), str):
        raise ProtocolBroken("the worker's reply is malformed")
    return printable(message[name][:limit])

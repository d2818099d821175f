"""What is unusual or copied in the source of a submission, as lines for staff."""

from collections.abc import Mapping, Sequence
from functools import cache

from pydantic import StrictInt, StrictStr, TypeAdapter, ValidationError

from autograder.course.starter import handed_out
from autograder.grading.intake import PACKAGE
from autograder.grading.sandbox import Isolation
from autograder.grading.sandbox.wire import WireError
from checkkit.runner.outcomes import SubmissionProblem
from checkkit.text import one_line

from .released import like_released
from .source_reader import Reply, read_inside
from .source_review.reading import KEEP_FILES
from .source_review.rules import GRAVE, Entry, look_at

MOST_OF_A_FILE, MOST = 12, 60
UNREADABLE = "cannot be parsed: "
ENTRIES = TypeAdapter(list[tuple[StrictInt, StrictInt, StrictStr]])  # weight, line and words


def suspicions(files: Mapping[str, bytes], isolation: Isolation) -> tuple[str, ...]:
    """One line for each thing that a person should look at: file, line number, and what it is.

    `files` are those of a submission by their names, as in `diffusion/ddpm.py`. What the starter's
    file of the same name has is left out. What is like a released file comes first, then the
    gravest of each file: harmless entries hide no other.
    """
    copied = [f"{_short(name)}:{line}: {words}" for name, line, words in like_released(files)]
    lines = [*_few(copied, MOST_OF_A_FILE, "the submission"), *_unusual(files, isolation)]
    return tuple(_few(lines, MOST, "the submission"))


def _unusual(files: Mapping[str, bytes], isolation: Isolation) -> list[str]:
    try:
        replies = read_inside(files, "unusual", isolation)
        entries = {name: _entries(reply) for name, reply in replies.items()}
    except (SubmissionProblem, WireError, ValidationError) as problem:
        return [f"source:0: the source could not be read: {one_line(str(problem))}"]
    shown, rest = [], []
    for name, found in sorted(entries.items()):
        own = _own(name, files[name], found)
        for place, (weight, line, words) in enumerate(own[:MOST_OF_A_FILE]):
            shown.append((weight, place, f"{_short(name)}:{line}: {one_line(words)}"))
        if (more := len(own) - MOST_OF_A_FILE) > 0:
            rest.append(f"{_short(name)}: and {more} more")
    return [line for *_, line in sorted(shown, key=lambda one: one[:2])] + rest


def _few(lines: list[str], most: int, owner: str) -> list[str]:
    more = len(lines) - most
    return [*lines[:most], f"{owner}: and {more} more"] if more > 0 else lines


def _short(name: str) -> str:
    return one_line(name.removeprefix(f"{PACKAGE}/"))


def _entries(reply: Reply) -> list[Entry]:
    if reply.problem:
        return [(GRAVE, reply.line, f"{UNREADABLE}{reply.problem}")]
    return ENTRIES.validate_python(reply.answer)


def _own(name: str, content: bytes, found: Sequence[Entry]) -> list[Entry]:
    """The entries that the starter's file does not have for the same line."""
    lines, given = content.splitlines(), _starter_entries(name)
    return [
        (weight, n, words)
        for weight, n, words in found
        if not (0 < n <= len(lines) and (lines[n - 1].strip(), words) in given)
    ]


@cache
def _starter_entries(name: str) -> frozenset[tuple[bytes, str]]:
    """Line and words of what is unusual in the starter."""
    content = handed_out().get(name, b"")
    lines = content.splitlines()
    found = look_at(content, name.endswith(KEEP_FILES))
    return frozenset((lines[n - 1].strip(), words) for _, n, words in found if n)

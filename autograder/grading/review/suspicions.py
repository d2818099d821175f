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

MOST_OF_A_FILE, MOST = 12, 60
UNREADABLE = "cannot be parsed: "
ENTRIES = TypeAdapter(list[tuple[StrictInt, StrictStr]])  # line number and words


def suspicions(files: Mapping[str, bytes], isolation: Isolation) -> tuple[str, ...]:
    """One line for each thing that a person should look at: file, line number, and what it is.

    `files` are those of a submission by their names, as in `diffusion/ddpm.py`. Lines that are in
    the starter's file of the same name are left out. What is like a released file comes first.
    """
    copied = [f"{_short(name)}:{line}: {words}" for name, line, words in like_released(files)]
    return (*_few(copied, "the submission"), *_unusual(files, isolation))[:MOST]


def _unusual(files: Mapping[str, bytes], isolation: Isolation) -> tuple[str, ...]:
    try:
        replies = read_inside(files, "unusual", isolation)
        entries = {name: _entries(reply) for name, reply in replies.items()}
    except (SubmissionProblem, WireError, ValidationError) as problem:
        return (f"source:0: the source could not be read: {one_line(str(problem))}",)
    lines = []
    for name, found in sorted(entries.items()):
        short = _short(name)
        own = sorted(_own(name, files[name], found))
        lines += _few([f"{short}:{line}: {words}" for line, words in own], short)
    return tuple(lines)


def _few(lines: list[str], owner: str) -> list[str]:
    more = len(lines) - MOST_OF_A_FILE
    return [*lines[:MOST_OF_A_FILE], f"{owner}: and {more} more"] if more > 0 else lines


def _short(name: str) -> str:
    return one_line(name.removeprefix(f"{PACKAGE}/"))


def _entries(reply: Reply) -> list[tuple[int, str]]:
    if reply.problem:
        return [(reply.line, f"{UNREADABLE}{reply.problem}")]
    return ENTRIES.validate_python(reply.answer)


def _own(name: str, content: bytes, found: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """The entries for lines that the starter's file does not have."""
    lines, given = content.splitlines(), _starter_lines(name)
    return {
        (n, one_line(words))
        for n, words in found
        if words.startswith(UNREADABLE)
        or not (0 < n <= len(lines) and lines[n - 1].strip() in given)
    }


@cache
def _starter_lines(name: str) -> frozenset[bytes]:
    lines = handed_out().get(name, b"").splitlines()
    return frozenset(line.strip() for line in lines)

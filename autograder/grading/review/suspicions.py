"""What is unusual or copied in the source of a submission, as lines for staff."""

from collections.abc import Mapping
from functools import cache

from pydantic import StrictInt, StrictStr, TypeAdapter, ValidationError

from autograder.course.starter import committed_starter
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
        own = {
            (n, one_line(words))
            for n, words in found
            if words.startswith(UNREADABLE) or not _given(name, n, files[name])
        }
        lines += _few([f"{short}:{line}: {words}" for line, words in sorted(own)], short)
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


def _given(name: str, line: int, content: bytes) -> bool:
    """Whether the starter's file has this line too."""
    lines = content.splitlines()
    return 0 < line <= len(lines) and lines[line - 1].strip() in _starter_lines(name)


@cache
def _starter_lines(name: str) -> frozenset[bytes]:
    lines = committed_starter().get(name, b"").splitlines()
    return frozenset(line.strip() for line in lines)

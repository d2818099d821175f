"""What was found in the source of a submission, as lines for whoever reads it."""

from collections.abc import Iterator, Mapping
from functools import cache

from autograder.config.paths import REPOSITORY
from autograder.grading.intake import PACKAGE
from autograder.grading.sandbox import Isolation
from autograder.grading.sandbox.wire import WireError
from checkkit.runner.outcomes import SubmissionProblem
from checkkit.text import one_line

from .source_reader import Reply, read_inside

MOST_OF_A_FILE, MOST = 12, 60
UNREADABLE = "cannot be parsed: "


def suspicions(files: Mapping[str, bytes], isolation: Isolation) -> tuple[str, ...]:
    """One line for each thing that deserves a look: file, line number, what stands there.

    `files` are those of a submission by their names, as in `diffusion/ddpm.py`. Lines that stand in
    the starter's file of the same name are the course's own and are left out.
    """
    found = sorted(set(_found(files, isolation)))
    lines = []
    for name in dict.fromkeys(name for name, _, _ in found):
        of_file = [(line, words) for other, line, words in found if other == name]
        lines += [f"{_short(name)}:{line}: {words}" for line, words in of_file[:MOST_OF_A_FILE]]
        if rest := len(of_file) - MOST_OF_A_FILE:
            lines += [f"{_short(name)}: and {rest} more"] if rest > 0 else []
    return tuple(lines[:MOST])


def _found(files: Mapping[str, bytes], isolation: Isolation) -> Iterator[tuple[str, int, str]]:
    try:
        found = [
            (name, line, words)
            for name, reply in read_inside(files, "unusual", isolation).items()
            for line, words in _entries(reply)
        ]
    except (SubmissionProblem, WireError) as problem:
        yield "", 0, f"the source could not be read: {one_line(str(problem))}"
        return
    for name, line, words in found:
        if not _given(name, line, files[name]):
            yield name, line, one_line(words)


def _entries(reply: Reply) -> list[tuple[int, str]]:
    if reply.problem:
        return [(reply.line, f"{UNREADABLE}{reply.problem}")]
    match reply.answer:
        case list() as entries if all(_is_entry(entry) for entry in entries):
            return [(line, words) for line, words in entries]
    raise WireError("no list of what was found")


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and [type(part) for part in entry] == [int, str]


def _given(name: str, line: int, content: bytes) -> bool:
    """Whether the starter's file has this line too."""
    lines = content.splitlines()
    return 0 < line <= len(lines) and lines[line - 1].strip() in _starter_lines(name)


@cache
def _starter_lines(name: str) -> frozenset[bytes]:
    path = REPOSITORY.starter / name
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return frozenset(line.strip() for line in lines)


def _short(name: str) -> str:
    return one_line(name.removeprefix(f"{PACKAGE}/")) or "source"

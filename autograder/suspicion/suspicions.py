"""The judge's side: send files into a cage, get back what was found in them, as words."""

import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from autograder.intake import PACKAGE
from autograder.sandbox import Isolation, Limits
from autograder.sandbox.connection import Connection
from autograder.sandbox.launch import launch
from autograder.sandbox.wire import FrameCaps, WireError, unpack
from autograder.sandbox.workspace import workspace
from tests.report.words import one_line
from tests.seam.outcomes import SubmissionProblem

STARTER = Path(__file__).resolve().parents[2] / "starter"
LIMITS = Limits(memory=512 * 2**20, processes=8, scratch=2**20)
SECONDS = 60.0
HEADER_BYTES = 2**18
MOST_OF_A_FILE, MOST = 12, 60


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
        report = _read_inside(files, isolation)
    except (SubmissionProblem, WireError) as problem:
        yield "", 0, f"the source could not be read: {one_line(str(problem))}"
        return
    for entry in report:
        name, line, words = _entry(entry)
        if name in files and not _given(name, line, files[name]):
            yield name, line, one_line(words)


def _read_inside(files: Mapping[str, bytes], isolation: Isolation) -> list:
    with tempfile.TemporaryDirectory(dir=workspace().folder) as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        cage = isolation.cage(Path(folder), LIMITS)  # which takes a copy
    process, pipes = launch(cage, LIMITS, role="read")
    connection = Connection(process, pipes, FrameCaps(HEADER_BYTES, 0), 4096)
    try:
        report = unpack(*connection.ask(b"", SECONDS))
    finally:
        cage.end(process.pid)
        process.wait(10)
        connection.close()
    if not isinstance(report, list):
        raise WireError("no list of what was found")
    return report


def _entry(entry: Any) -> tuple[str, int, str]:
    # Whoever parses hostile source may be made to say anything.
    if not isinstance(entry, list) or [type(part) for part in entry] != [str, int, str]:
        raise WireError("an entry that is none")
    return tuple(entry)


def _given(name: str, line: int, content: bytes) -> bool:
    """Whether the starter's file has this line too."""
    lines = content.splitlines()
    return 0 < line <= len(lines) and lines[line - 1].strip() in _starter_lines(name)


@cache
def _starter_lines(name: str) -> frozenset[bytes]:
    path = STARTER / name
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return frozenset(line.strip() for line in lines)


def _short(name: str) -> str:
    return one_line(name.removeprefix(f"{PACKAGE}/")) or "source"

"""Source is parsed in a sandbox; what comes back are texts and numbers.

The source of a submission is parsed nowhere else.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from autograder.grading.sandbox import Isolation, Limits
from autograder.grading.sandbox.judge_folder import judge_folder
from autograder.grading.sandbox.process import SandboxedProcess
from autograder.grading.sandbox.wire import FrameCaps, WireError, unpack

LIMITS = Limits(memory=512 * 2**20, processes=8, scratch=2**20)
SECONDS = 30.0
CAPS = FrameCaps(header=2**23, body=2**24)


class Reply(NamedTuple):
    """The reply about one file: an answer, or the line where it cannot be read, and why."""

    answer: Any
    line: int = 0
    problem: str = ""


def read_inside(
    files: Mapping[str, bytes],
    question: Literal["unusual", "tokens", "cells"],
    isolation: Isolation,
    seconds: float = SECONDS,
) -> dict[str, Reply]:
    """A reply for each file, by its name; see `source_review.reading.report`.

    A sandbox takes 0.2 seconds to start: read many files at once.

    Raises:
        SubmissionProblem, WireError: the process that read them died, or its reply is not valid.
    """
    with tempfile.TemporaryDirectory(dir=judge_folder().folder) as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        process = SandboxedProcess(  # which takes a copy
            Path(folder), isolation, LIMITS, CAPS, role="read", question=question
        )
    try:
        report = unpack(*process.ask(b"", seconds))
    finally:
        process.end()
    # Hostile source may control the process that parses it.
    if not isinstance(report, list):
        raise WireError("not a list of replies")
    replies = dict(map(_reply, report))
    if replies.keys() != files.keys() or len(report) != len(files):
        raise WireError("replies about other files")
    return replies


def _reply(entry: Any) -> tuple[str, Reply]:
    match entry:
        case [str(name), None, [int(line), str(words)]]:
            return name, Reply(None, line, words)
        case [str(name), answer, None] if answer is not None:
            return name, Reply(answer)
    raise WireError("not a reply")

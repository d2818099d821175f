"""Submissions that wait to be judged; the foremost is taken in and has its workers started."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from autograder.intake import BadSubmission, read_submission
from autograder.overlay import overlaid
from autograder.sandbox import Isolation
from autograder.sandbox.workspace import workspace
from tests.report.words import harmless, one_line

from .workers import Workers


@dataclass
class Prepared:
    """A submission whose workers are starting; None where there is nothing to judge.

    `stack` ends the workers and removes the files when it is closed.
    """

    name: str
    path: Path
    workers: Workers | None = None
    problem: str = ""
    ignored: tuple[str, ...] = ()
    from_starter: tuple[str, ...] = ()
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


class Waiting:
    """Hands out submissions in order. Starting a worker takes seconds, so it is done ahead."""

    def __init__(self, submissions: Iterable[tuple[str, Path]], isolation: Isolation):
        self.isolation = isolation
        self._submissions = iter(submissions)
        self._foremost: Prepared | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers that nobody has come for."""
        if self._foremost is not None:
            self._foremost.stack.close()

    def prepare(self) -> None:
        """Have the workers of the foremost submission started, without waiting for them.

        Call it now and then: there is one worker starting at a time.
        """
        if self._foremost and self._foremost.workers:
            self._foremost.workers.advance()
        name, path = (None, None) if self._foremost else next(self._submissions, (None, None))
        if name is not None:
            self._foremost = _prepared(name, path, self.isolation)

    def take(self) -> Prepared | None:
        """The foremost submission; None after the last."""
        self.prepare()
        taken, self._foremost = self._foremost, None
        return taken


def _prepared(name: str, path: Path, isolation: Isolation) -> Prepared:
    prepared = Prepared(name, path)
    with contextlib.ExitStack() as stack:
        try:
            submission = read_submission(path)
            overlay = stack.enter_context(overlaid(submission, workspace().folder))
            prepared.ignored = tuple(one_line(name) for name in submission.ignored[:100])
            prepared.from_starter = overlay.from_starter
            prepared.workers = Workers(overlay.folder, isolation)
            stack.callback(prepared.workers.close)
        except BadSubmission as error:
            prepared.problem = harmless(error.why, 500)
        prepared.stack = stack.pop_all()
    return prepared

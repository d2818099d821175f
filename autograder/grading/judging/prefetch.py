"""Submissions that wait to be judged; the foremost is taken in and has its workers started."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from autograder.config import Course
from autograder.course.starting import started_from
from autograder.grading.intake import BadSubmission
from autograder.grading.intake.source import HandedIn
from autograder.grading.judging.workspace import overlaid
from autograder.grading.sandbox import Isolation
from autograder.grading.sandbox.judge_folder import workspace
from checkkit.text import harmless, one_line

from .cells import mended
from .workers import Workers


@dataclass
class Prepared:
    """A submission whose workers are starting; None where there is nothing to judge.

    `folder` holds its code, laid over the starter, and `from_starter` names what was not handed
    in; a notebook has no files that could lack. `stack` ends the workers and removes the files when
    it is closed.
    """

    name: str
    path: Path
    folder: Path | None = None
    workers: Workers | None = None
    problem: str = ""
    ignored: tuple[str, ...] = ()
    from_starter: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    of_cells: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


class Waiting:
    """Hands out submissions in order. Starting a worker takes seconds, so it is done ahead.

    Args:
        at_hand: whether `submissions` has its next one without waiting for it.
        hidden: whether hidden checks are going to run.
        course: whose starter lies below, and whose names are spoken (grading.yaml as it stands).
    """

    def __init__(
        self,
        submissions: Iterable[HandedIn],
        isolation: Isolation,
        at_hand: Callable[[], bool] = lambda: True,
        hidden: bool = True,
        course: Course | None = None,
    ):
        self.isolation = isolation
        self._submissions = iter(submissions)
        self._at_hand, self._hidden = at_hand, hidden
        self._names = course.names if course else {}
        self._starter = started_from(course) if course else None
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
        if self._foremost is None and self._at_hand():
            self._next()

    def take(self) -> Prepared | None:
        """The foremost submission; None after the last."""
        if self._foremost is None:
            self._next()
        taken, self._foremost = self._foremost, None
        return taken

    def _next(self) -> None:
        handed_in = next(self._submissions, None)
        self._foremost = handed_in and self._prepared(handed_in)

    def _prepared(self, handed_in: HandedIn) -> Prepared:
        prepared = Prepared(handed_in.name, handed_in.path)
        with contextlib.ExitStack() as stack:
            try:
                submission = handed_in.read()
                if submission.of_cells:
                    cells = mended(submission.files, self.isolation)
                    submission.files = cells.files
                    submission.remarks[:0] = cells.remarks
                laid_over = overlaid(submission, workspace().folder, self._starter)
                overlay = stack.enter_context(laid_over)
                prepared.ignored = tuple(one_line(name) for name in submission.ignored[:100])
                prepared.from_starter = () if submission.of_cells else overlay.from_starter
                prepared.remarks = tuple(one_line(words, 500) for words in submission.remarks)
                prepared.files = submission.files
                prepared.of_cells = submission.of_cells
                prepared.folder = overlay.folder
                prepared.workers = Workers(
                    overlay.folder, self.isolation, self._hidden, self._names
                )
                stack.callback(prepared.workers.close)
            except BadSubmission as error:
                prepared.problem = harmless(error.why, 500)
            prepared.stack = stack.pop_all()
        return prepared

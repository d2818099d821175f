"""Jobs that wait to be judged; the foremost has its workspace made and its workers started."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Self

from autograder.config import Course
from autograder.course.starter import started_from
from autograder.grading.sandbox import Isolation
from autograder.grading.sandbox.judge_folder import judge_folder

from .cells import mended
from .job import Job
from .workers import Workers
from .workspace import Workspace, lacking, laid_over


class Prefetch:
    """Hands out workspaces in the order of their jobs. Starting a worker takes seconds, so it is
    done ahead.

    Args:
        at_hand: whether `jobs` has its next one without waiting for it.
        hidden: whether hidden checks are going to run.
        course: whose starter lies below, and whose names are spoken (grading.yaml as it stands).
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        isolation: Isolation,
        at_hand: Callable[[], bool] = lambda: True,
        hidden: bool = True,
        course: Course | None = None,
    ):
        self.isolation = isolation
        self._jobs = iter(jobs)
        self._at_hand, self._hidden = at_hand, hidden
        self._names = course.names if course else {}
        self._starter = started_from(course) if course else None
        self._foremost: Workspace | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers that nobody has come for."""
        if self._foremost is not None:
            self._foremost.stack.close()

    def prepare(self) -> None:
        """Have the workers of the foremost job started, without waiting for them.

        Call it now and then: there is one worker starting at a time.
        """
        if self._foremost:
            self._foremost.workers.advance()
        elif self._at_hand():
            self._next()

    def take(self) -> Workspace | None:
        """The foremost job's workspace; None after the last."""
        if self._foremost is None:
            self._next()
        taken, self._foremost = self._foremost, None
        return taken

    def _next(self) -> None:
        job = next(self._jobs, None)
        self._foremost = job and self._workspace(job)

    def _workspace(self, job: Job) -> Workspace:
        submission = job.submission
        if submission.of_cells:
            cells = mended(submission.files, self.isolation)
            remarks = [*cells.remarks, *submission.remarks]
            submission = replace(submission, files=cells.files, remarks=remarks)
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(
                laid_over(submission, judge_folder().folder, self._starter)
            )
            workers = Workers(folder, self.isolation, self._hidden, self._names)
            stack.callback(workers.close)
            lacks = lacking(submission, self._starter)
            return Workspace(job, submission, folder, workers, lacks, stack.pop_all())

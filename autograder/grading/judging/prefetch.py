"""Jobs that wait to be judged; the next one has its workspace and its workers made ready."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Self

from autograder.config import Course
from autograder.course.starter import started_from
from autograder.grading.sandbox import Isolation
from autograder.grading.sandbox.judge_folder import judge_folder

from .cells import with_stand_ins
from .job import Job
from .workers import Workers
from .workspace import Workspace, lacking, laid_over


class Prefetch:
    """Hands out workspaces in the order of their jobs. Workers take seconds to start, so those of
    the next job are started ahead.

    Args:
        at_hand: whether `jobs` has its next one without waiting for it.
        hidden: whether hidden checks are going to run.
        course: its starter lies below the submissions, and its names are used (grading.yaml unless
            given).
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
        self._next_workspace: Workspace | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers that nobody has taken."""
        if self._next_workspace is not None:
            self._next_workspace.stack.close()

    def prepare(self) -> None:
        """Have the workers of the next job started, without waiting for them.

        Call it now and then: there is one worker starting at a time.
        """
        if self._next_workspace:
            self._next_workspace.workers.advance()
        elif self._at_hand():
            self._next()

    def take(self) -> Workspace | None:
        """The next job's workspace; None after the last."""
        if self._next_workspace is None:
            self._next()
        taken, self._next_workspace = self._next_workspace, None
        return taken

    def _next(self) -> None:
        job = next(self._jobs, None)
        self._next_workspace = job and self._workspace(job)

    def _workspace(self, job: Job) -> Workspace:
        if job.submission.of_cells:
            job = replace(job, submission=with_stand_ins(job.submission, self.isolation))
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(
                laid_over(job.submission, judge_folder().folder, self._starter)
            )
            workers = Workers(folder, self.isolation, self._hidden, self._names)
            stack.callback(workers.close)
            lacks = lacking(job.submission, self._starter)
            return Workspace(job, folder, workers, lacks, stack.pop_all())

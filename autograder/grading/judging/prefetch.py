"""Jobs that wait to be judged; the next one has its workspace and its worker made ready."""

from collections.abc import Callable, Iterable
from typing import Self

from autograder.config import Course
from autograder.grading.sandbox import Isolation

from .job import Job
from .workspace import Workspace


class Prefetch:
    """Hands out workspaces in the order of their jobs. Workers take seconds to start, so that of
    the next job is started ahead.

    Args:
        course: see `Workspace`.
        at_hand: whether `jobs` has its next one without waiting for it.
    """

    def __init__(
        self,
        jobs: Iterable[Job],
        isolation: Isolation,
        course: Course,
        at_hand: Callable[[], bool] = lambda: True,
    ):
        self.isolation = isolation
        self._jobs, self._at_hand = iter(jobs), at_hand
        self._course = course
        self._ahead: Workspace | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker that nobody has taken."""
        if self._ahead is not None:
            self._ahead.close()

    def prepare(self) -> None:
        """Have the worker of the next job started, if there is one, without waiting for it."""
        if self._ahead is None and self._at_hand():
            self._ahead = self._next()

    def take(self) -> Workspace | None:
        """The next job's workspace; None after the last."""
        taken, self._ahead = self._ahead or self._next(), None
        return taken

    def _next(self) -> Workspace | None:
        job = next(self._jobs, None)
        return job and Workspace(job, self.isolation, self._course)

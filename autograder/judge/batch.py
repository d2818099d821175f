"""The way of a submission: path -> intake -> overlay -> workers -> checks -> `Graded`.

    read_submission (intake)  takes the allow-listed files of a folder or zip
    overlaid        (overlay) lays them over the starter in a fresh read-only folder
    Workers         (workers) starts one sandboxed process for visible checks, one for hidden ones
    Judge.judge     (judging) runs the checks; a check asks its worker for evidence and judges it
    Graded          (graded)  has the outcomes and, by `scoring`, the points; `report` writes them

While one submission is judged, the workers of the next one start.
"""

import contextlib
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from autograder.intake import BadSubmission, read_submission
from autograder.overlay import overlaid
from autograder.sandbox import Isolation
from autograder.sandbox.workspace import workspace
from tests.report.words import harmless, one_line

from .graded import Graded, Scope
from .judging import Judge
from .listening import Listener, Listeners
from .workers import Workers


@dataclass
class _Prepared:
    """A submission whose workers are starting; None where there is nothing to judge."""

    graded: Graded
    workers: Workers | None
    stack: contextlib.ExitStack


def grade_all(
    submissions: Sequence[tuple[str, Path]], scope: Scope, isolation: Isolation, judge: Judge
) -> Iterator[Graded]:
    """Judge named submissions one after the other; each is yielded when it is finished.

    A submission that cannot be judged says so in its `problem` and keeps nobody else waiting.
    """
    line = _Line(iter(submissions), scope, isolation)
    judge = replace(judge, listener=Listeners(judge.listener, line))
    try:
        while (current := line.step()) is not None:
            with current.stack:
                judge.listener.begin(current.graded)
                _judge(current, judge)
                judge.listener.finish(current.graded)
            yield current.graded
    finally:
        line.close()


class _Line(Listener):
    """Submissions waiting; the foremost has its workers started while another is judged."""

    def __init__(self, waiting: Iterator[tuple[str, Path]], scope: Scope, isolation: Isolation):
        self._waiting, self._scope, self._isolation = waiting, scope, isolation
        self._ahead: _Prepared | None = None

    def step(self) -> _Prepared | None:
        """The next submission; None after the last."""
        self._look_ahead()
        current, self._ahead = self._ahead, None
        return current

    def result(self, graded: Graded) -> None:
        self._look_ahead()  # after the first result: the current workers start faster alone

    def close(self) -> None:
        """End the workers that nobody has come for."""
        if self._ahead is not None:
            self._ahead.stack.close()

    def _look_ahead(self) -> None:
        if self._ahead is None:
            self._ahead = _next(self._waiting, self._scope, self._isolation)


def _next(
    waiting: Iterator[tuple[str, Path]], scope: Scope, isolation: Isolation
) -> _Prepared | None:
    """Take in the next submission and start its workers, without waiting for them."""
    name, path = next(waiting, (None, None))
    if name is None:
        return None
    graded = Graded(name, path, scope, isolation.name, isolation.of_record)
    with contextlib.ExitStack() as stack:
        workers = None
        try:
            submission = read_submission(path)
            overlay = stack.enter_context(overlaid(submission, workspace().folder))
            graded.ignored = tuple(one_line(name) for name in submission.ignored[:100])
            graded.from_starter = overlay.from_starter
            workers = Workers(overlay.folder, isolation)
            stack.callback(workers.close)
        except BadSubmission as error:
            graded.problem = harmless(error.why, 500)
        return _Prepared(graded, workers, stack.pop_all())


def _judge(prepared: _Prepared, judge: Judge) -> None:
    graded, workers = prepared.graded, prepared.workers
    graded.started = datetime.now(UTC).isoformat(timespec="seconds")
    start = time.monotonic()
    if workers is None:
        return
    try:
        judge.judge(graded, workers)
        workers.close()
        graded.finished = True
    except Exception as error:  # ours, whatever it is: the other submissions go on
        graded.problem = f"the grader broke: {one_line(repr(error))}"
        graded.outputs += (harmless(traceback.format_exc()),)
    finally:
        graded.seconds = time.monotonic() - start
    graded.complaints = tuple(map(one_line, workers.visible.complaints))
    graded.outputs += tuple(harmless(text) for text in workers.visible.outputs if text)

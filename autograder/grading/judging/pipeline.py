"""The way of a submission: path -> intake -> overlay -> workers -> checks -> `Graded`.

    read_submission (intake)  takes the allow-listed files of a folder or zip, or cells as modules
    mended          (cells)   puts stand-ins for cells that Python cannot read
    overlaid        (overlay) lays them over the starter in a fresh read-only folder
    Workers         (workers) starts one sandboxed process for visible checks, one for hidden ones
    suspicions      (suspicion) names what a person should look at in the source
    Judge.judge     (judging) runs the checks; a check asks its worker for evidence and judges it
    differences     (suspicion) names what computes something else when it seems not to be graded
    Graded          (graded)  has the outcomes and, by `scoring`, the points; `report` writes them

The first four happen in `waiting`, one submission ahead of the judge.
"""

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from autograder.grading.intake.notebook.marks import in_cells
from autograder.grading.review import differences, suspicions
from autograder.grading.sandbox import Isolation
from checkkit.runner.outcomes import Outcome
from checkkit.text import harmless, one_line

from .graded import Graded, Scope
from .judge import Judge
from .observers import Listener, Listeners
from .prefetch import Prepared, Waiting
from .workers import Workers


def grade_all(
    waiting: Waiting,
    scope: Scope,
    judge: Judge,
    earlier: Callable[[Graded], Graded] = lambda graded: graded,
) -> Iterator[Graded]:
    """Judge one submission after the other; each is yielded when it is finished.

    A submission that cannot be judged says so in its `problem` and keeps nobody else waiting.
    `earlier` may add results of an earlier try, whose checks then do not run again.
    """
    while (prepared := waiting.take()) is not None:
        graded = earlier(_unjudged(prepared, scope, waiting))
        with prepared.stack:
            judge.listener.begin(graded)
            if prepared.workers is not None:
                ahead = Listeners(judge.listener, _LookAhead(prepared.workers, waiting))
                _judge(graded, prepared, waiting.isolation, replace(judge, listener=ahead))
            judge.listener.finish(graded)
        yield graded


class _LookAhead(Listener):
    """While checks run, has the next worker started: this submission's, then the next one's."""

    def __init__(self, workers: Workers, waiting: Waiting):
        self._workers, self._waiting = workers, waiting

    def result(self, graded: Graded) -> None:
        if self._workers.advance():
            self._waiting.prepare()


def _unjudged(prepared: Prepared, scope: Scope, waiting: Waiting) -> Graded:
    isolation = waiting.isolation
    return Graded(
        prepared.name,
        prepared.path,
        scope,
        isolation.name,
        isolation.of_record,
        ignored=prepared.ignored,
        from_starter=prepared.from_starter,
        remarks=prepared.remarks,
        problem=prepared.problem,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        in_cells=in_cells(prepared.files if prepared.of_cells else {}),
    )


def _judge(graded: Graded, prepared: Prepared, isolation: Isolation, judge: Judge) -> None:
    start, workers = time.monotonic(), prepared.workers
    assert workers is not None
    try:
        graded.suspicions = suspicions(prepared.files, isolation)  # its workers start meanwhile
        judge.judge(graded, workers)
        graded.suspicions += _only_when_graded(graded, prepared, isolation)
        workers.close()
        graded.finished = True
    except Exception as error:  # ours, whatever it is: the other submissions go on
        graded.problem = f"the grader broke: {one_line(repr(error))}"
        graded.outputs += (harmless(traceback.format_exc()),)
    finally:
        graded.seconds += time.monotonic() - start
    graded.complaints = tuple(map(one_line, workers.visible.complaints))
    graded.outputs += tuple(harmless(text) for text in workers.visible.outputs if text)


def _only_when_graded(graded: Graded, prepared: Prepared, isolation: Isolation) -> tuple[str, ...]:
    """What behaves only when graded, of the tasks that earn points by it; in whole runs."""
    if not graded.scope.whole:
        return ()
    assert prepared.folder is not None and prepared.workers is not None
    earning = {score.task.id for score in graded.scores() if Outcome.PASSED in score.outcomes}
    return differences(prepared.folder, isolation, earning, prepared.workers.visible)

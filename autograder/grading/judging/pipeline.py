"""The way of one submission: job -> workspace -> checks -> `SubmissionResult`.

    with_modules (review)  makes modules of the cells of a notebook
    Workspace   (workspace) lays its files over the starter in a fresh read-only folder, and starts
                            a sandboxed process
    suspicions  (review)    names what a person should look at in the source
    Judge.judge (judge)     runs the checks; a check asks its worker for evidence and judges it
    differences (review)    names what computes something else when it seems not to be graded
    SubmissionResult (result)  has the outcomes and, by `scoring`, the points

The first two happen in `prefetch`, one job ahead of the judge. Hidden checks come last, in a
process of their own that starts once that of the visible checks has ended. In a batch they are
another job, after the visible checks of all submissions: see `batch.run`.
"""

import contextlib
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from autograder.grading.intake.naming import few
from autograder.grading.review import COMPARED, differences, suspicions
from autograder.grading.sandbox import Isolation
from checkkit.runner.outcomes import Outcome
from checkkit.text import harmless, one_line

from .cells import in_cells
from .computing import ComputingLimit
from .judge import Judge
from .prefetch import Prefetch
from .result import SubmissionResult
from .scope import Setup
from .workspace import Workspace


def grade_all(
    jobs: Prefetch,
    setup: Setup,
    judge: Judge,
    earlier: Callable[[SubmissionResult], SubmissionResult] = lambda graded: graded,
) -> Iterator[SubmissionResult]:
    """Judge one job after the other; each is yielded when it is finished.

    A submission that cannot be judged has a `problem`; the others are judged all the same.
    `earlier` may add results of an earlier try, whose checks then do not run again.
    """
    while (workspace := jobs.take()) is not None:
        graded = earlier(_begun(workspace, setup))
        with contextlib.closing(workspace):
            job = workspace.job
            if job.only_review or not (job.hidden and job.earlier):  # else it is reviewed already
                start = time.monotonic()
                graded.suspicions = _suspicions(workspace, jobs.isolation)  # its worker starts
                graded.seconds += time.monotonic() - start
            judge.observer.begin(graded)
            if job.only_review:
                graded.suspicions += _only_when_graded(graded, workspace)
            else:
                _judge(graded, workspace, jobs, judge)
            judge.observer.finish(graded)
        yield graded


def _begun(workspace: Workspace, setup: Setup) -> SubmissionResult:
    taken = workspace.job.submission
    graded = setup.begin(workspace.job.name, workspace.job.path)
    graded.content = workspace.content
    graded.ignored = tuple(one_line(name) for name in taken.ignored[:100])
    graded.remarks = few([one_line(words, 500) for words in taken.remarks])
    graded.from_starter = workspace.from_starter
    graded.in_cells = in_cells(taken.places)
    return graded


def _judge(graded: SubmissionResult, workspace: Workspace, jobs: Prefetch, judge: Judge) -> None:
    start = time.monotonic()
    job, checks = workspace.job, graded.scope.checks

    def start_next_worker(compare: bool = False) -> None:
        # One at a time: side by side they would slow each other.
        twin = compare and bool(_compared(graded))
        if workspace.ready() and (not twin or workspace.start_twin()):
            jobs.prepare()

    judge = replace(judge, after_check=start_next_worker, plugins=(ComputingLimit(),))
    try:
        if not job.hidden:
            visible = replace(judge, after_check=partial(start_next_worker, compare=True))
            visible.judge(graded, workspace.runner_for, [c for c in checks if not c.hidden])
            graded.suspicions += _only_when_graded(graded, workspace)
            workspace.end_visible()
        if job.hidden is not False:
            judge.judge(graded, workspace.runner_for, [c for c in checks if c.hidden])
        workspace.close()
        graded.finished = all(check.name in graded.results for check in checks)
    except Exception as error:  # ours, whatever it is: the other submissions go on
        graded.problem = f"the grader broke: {one_line(repr(error))}"
        graded.outputs += (harmless(traceback.format_exc()),)
    finally:
        graded.seconds += time.monotonic() - start
    complaints = (*graded.complaints, *map(one_line, workspace.visible.complaints))
    graded.complaints = tuple(dict.fromkeys(complaints))
    graded.outputs += tuple(harmless(text) for text in workspace.visible.outputs if text)


def _suspicions(workspace: Workspace, isolation: Isolation) -> tuple[str, ...]:
    """What a person should look at in the source."""
    try:
        return suspicions(workspace.job.submission.files, isolation)
    except Exception as error:  # ours
        return (f"the review broke: {one_line(repr(error))}",)


def _only_when_graded(graded: SubmissionResult, workspace: Workspace) -> tuple[str, ...]:
    """What behaves only when graded, of the tasks that earn points by it; in whole runs."""
    try:
        compared = _compared(graded)
        solved = {t for t in compared if {*graded.score_of(t).outcomes} == {Outcome.PASSED}}
        return differences(compared, workspace.visible, workspace.twin, solved)
    except Exception as error:  # ours
        return (f"the review broke: {one_line(repr(error))}",)


def _compared(graded: SubmissionResult) -> set[str]:
    """The tasks of which functions are compared, as far as checks have passed."""
    scores = graded.scores() if graded.scope.whole else ()
    return {s.task.id for s in scores if s.task.id in COMPARED and Outcome.PASSED in s.outcomes}

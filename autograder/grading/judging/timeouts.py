"""How long a check may take: less and less for a submission whose checks time out.

A function that loops for ever would else cost the limit with each of its checks, and a submission
that loops in all of them an hour. Checks that have timed out get the whole limit when they run once
more, alone.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import takewhile
from typing import Any, NoReturn

from checkkit.runner.outcomes import Outcome, TimedOut
from checkkit.runner.results import CheckResult

from .result import SubmissionResult

MANY = 6  # time-outs in other tasks: more than chance
ROW = 12  # time-outs one after the other: no check gets an answer
HOPELESS = 4  # tasks of which every check has timed out, one after the other: no more is run
LAST_SECONDS = 1.0  # many times what an honest quick check takes


def time_limit(graded: SubmissionResult, task: str) -> float:
    """Seconds for the next check of a task, from what became of the checks before it.

    The task's limit; a half, a quarter, an eighth of it once checks of it have timed out; an eighth
    where a task that it builds on has timed out, or many checks have and it trains nothing; a
    second after a long row of time-outs.
    """
    score = graded.score_of(task)
    late = _late(score.results)
    trains = any(check.training for check in graded.scope.checks_of[task])
    if _late(graded.results.values()) - late >= MANY and not trains:
        late = 3
    needs = [need for need in score.task.needs if need in graded.scope.tasks]
    if any(_late(graded.score_of(need).results) for need in needs):
        late = 3
    limit = score.task.time_limit / 2 ** min(late, 3)
    return min(limit, LAST_SECONDS) if len(_row(graded)) >= ROW else limit


class GivenUp:
    """In place of a worker, for whatever comes after too many time-outs."""

    def run(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `TimedOut`."""
        raise TimedOut(f"not run: in {HOPELESS} earlier tasks, every check timed out")


def is_over(graded: SubmissionResult) -> bool:
    """Whether so many tasks have timed out with all of their checks, and nothing else in between.

    A worker has to be started anew after each, which takes longer than the check.
    """
    row = Counter(result.task for result in _row(graded))
    return sum(row[task] == _to_run(graded, task) for task in row) >= HOPELESS


def _to_run(graded: SubmissionResult, task: str) -> int:
    """How many checks of a task this run asks."""
    left_out = [r for r in graded.score_of(task).results if r.outcome is Outcome.NOT_RUN]
    return len(graded.scope.checks_of[task]) - len(left_out)


def _late(results: Iterable[CheckResult]) -> int:
    return sum(result.outcome is Outcome.TIMED_OUT for result in results)


def _row(graded: SubmissionResult) -> list[CheckResult]:
    """The results of the last checks in a row that have timed out."""
    latest = reversed(graded.results.values())
    return list(takewhile(lambda result: result.outcome is Outcome.TIMED_OUT, latest))

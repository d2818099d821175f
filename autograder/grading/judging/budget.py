"""How long a submission may take: each of its checks, and all of them together.

A check has the time limit of its task for all of its runs, with the imports in them and the workers
that have to be started because the submission ended one. A submission has a budget: the time that
all its checks take counts. What ran out of time is judged once more, alone, with a second budget.
"""

import time
from collections.abc import Callable
from math import fsum
from typing import Any, NoReturn

from checkkit.runner.outcomes import Outcome, TimedOut
from checkkit.runner.session import Runner

from .result import NO_TIME, SubmissionResult

NO_ANSWER = {Outcome.TIMED_OUT, Outcome.CRASHED, Outcome.BROKE_PROTOCOL}
REST = 1 / 8  # of its limit: many times what an honest check takes


def seconds_left(graded: SubmissionResult, budget: float) -> float:
    """Seconds that a submission has left; retries have as many again, together."""
    return (1 + bool(graded.retried)) * budget - graded.used


def time_limit(graded: SubmissionResult, task: str) -> float:
    """Seconds for the next check of a task.

    The limit of the task; an eighth of it once checks without an answer, of this task or of one
    that it needs, have taken the limit together. A function that never returns would else cost the
    limit with each of its checks, and leave no time for other tasks.
    """
    score = graded.score_of(task)
    needs = [need for need in score.task.needs if need in graded.scope.tasks]
    for one in (score, *map(graded.score_of, needs)):
        wasted = fsum(r.seconds for r in one.results if r.outcome in NO_ANSWER)
        if wasted >= one.task.time_limit:
            return score.task.time_limit * REST
    return score.task.time_limit


class OneCheck:
    """The runner of one check: its runs share `seconds`."""

    def __init__(self, runner: Runner, seconds: float):
        self._runner, self._seconds, self._used = runner, seconds, 0.0

    def run(self, probe: Callable, *, time_limit: float, **more: Any) -> dict:
        """As `Runner.run`.

        Raises:
            TimedOut: also if earlier runs have taken the time.
        """
        together = f"all runs of this check may take {self._seconds:g} seconds together"
        if self._used >= self._seconds:
            raise TimedOut(together)
        start = time.monotonic()
        try:
            return self._runner.run(
                probe, time_limit=min(time_limit, self._seconds - self._used), **more
            )
        except TimedOut as problem:
            raise TimedOut(f"{problem}; {together}" if self._used else str(problem)) from None
        finally:
            self._used += time.monotonic() - start

    def renew(self) -> None:
        """As `Runner.renew`."""
        self._runner.renew()


class NoTimeLeft:
    """In place of a runner: the submission has used its budget."""

    def __init__(self, words: str):
        self._words = words

    def run(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `TimedOut`."""
        raise TimedOut(f"{NO_TIME}{self._words}")

    def renew(self) -> None:
        """Nothing: nothing runs."""


def budget_used(seconds: float) -> str:
    """What to say of a submission that has used its budget."""
    in_words = f"{seconds / 60:.3g} minutes" if seconds >= 100 else f"{seconds:g} seconds"
    return f"this submission had used its {in_words}"

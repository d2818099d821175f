"""A machine that is too busy at first."""

from collections.abc import Iterator
from dataclasses import replace

from autograder.grading.batch.pool import Event, JudgePool
from autograder.grading.judging.job import Job
from checkkit.runner.outcomes import Outcome


class Busy:
    """Real judges on a machine that is too busy at first: one check of each job times out."""

    def __init__(self, pool: JudgePool):
        self._pool, self.at_once = pool, []

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        self.at_once.append(at_once)
        for event in self._pool.judge(jobs, at_once):
            if event.kind == "done" and not event.job.earlier:
                results = event.content["results"]
                late = {**results[0], "outcome": str(Outcome.TIMED_OUT)}
                event = replace(event, content={**event.content, "results": [late, *results[1:]]})
            yield event

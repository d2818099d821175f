"""A judging process: reads jobs from stdin and writes events to stdout, one JSON line each.

    python -m autograder.grading.batch.judge_process SETTINGS

Events: {"ready"} with the setup of this machine, or {"refused": why}; then for each job {"begin":
what its source made suspicious}, {"check": name} and {"result"} while it is judged, {"done": name}
with its record. If stdin ends without the line that ends the jobs, the parent process has died:
this one exits.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Iterator
from typing import Any

from autograder.config import GradingError, load_course
from autograder.grading.judging.job import Job
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.observers import Observer
from autograder.grading.judging.pipeline import grade_all
from autograder.grading.judging.prefetch import Prefetch
from autograder.grading.judging.records import from_record, result_record, to_record
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scope import Setup, scope_of
from autograder.grading.sandbox import IsolationUnavailable, choose
from checkkit.runner.results import CheckResult

from .settings import NO_MORE, Settings

ORPHANED = 3


class Outbox(Observer):
    """Writes events to stdout; everything else that writes to stdout goes to stderr.

    Exhibits are sent only at the end, with the record.
    """

    def __init__(self):
        self._stdout = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def send(self, **event: Any) -> None:
        self._stdout.write(json.dumps(event).encode() + b"\n")
        self._stdout.flush()

    def begin(self, result: SubmissionResult) -> None:
        self.send(begin=result.suspicions)

    def check(self, result: SubmissionResult, name: str) -> None:
        self.send(check=name)

    def result(self, result: SubmissionResult, check: CheckResult) -> None:
        self.send(result={**result_record(check), "exhibits": []})


class Inbox:
    """Reads jobs in a thread, so that the next one can be prepared in time."""

    def __init__(self):
        self.jobs: dict[str, Job] = {}
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def at_hand(self) -> bool:
        """Whether the next job, or the end of the jobs, has arrived."""
        return not self._lines.empty()

    def __iter__(self) -> Iterator[Job]:
        while (line := self._lines.get()) != NO_MORE:
            job = Job.from_json(line)
            self.jobs[job.name] = job
            yield job

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            self._lines.put(line)
            if line == NO_MORE:
                return
        os._exit(ORPHANED)  # the janitor deletes what is left


def main(settings: Settings, outbox: Outbox) -> None:
    """Judge until the jobs end."""
    inbox = Inbox()
    try:
        course, isolation = load_course(profile=settings.profile), choose(settings.isolation)
    except (GradingError, IsolationUnavailable) as error:
        outbox.send(refused=str(error))
        return
    with Prefetch(inbox, isolation, course, inbox.at_hand) as jobs:
        jobs.prepare()  # a worker starts while the checks are collected
        scope, problems = scope_of(course, settings.tasks)
        setup = Setup(scope, isolation.name, isolation.of_record, tuple(problems))
        outbox.send(ready=setup.to_json())
        from checkkit.plugin import cuda_available  # late: workers start first

        gpu = isolation.lends_gpu and cuda_available()
        judge = Judge(settings.seed, settings.training, gpu, settings.seconds, outbox)

        def earlier(result: SubmissionResult) -> SubmissionResult:
            record = inbox.jobs[result.name].earlier
            return from_record(record, result) if record else result

        for result in grade_all(jobs, setup, judge, earlier):
            del inbox.jobs[result.name]
            outbox.send(done=result.name, record=to_record(result))


if __name__ == "__main__":
    main(Settings.from_json(sys.argv[1]), Outbox())

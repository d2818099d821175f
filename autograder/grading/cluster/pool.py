"""Judges on a Dask cluster: jobs go out, records come back, whichever machine dies meanwhile.

A job that a dying worker had is run again by Dask; the first record that arrives counts, and is in
the journal before its future is let go. What takes three workers with it is given up.
"""

import itertools
import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from distributed import Client, Future, as_completed
from distributed.scheduler import KilledWorker

from autograder.grading.batch.pool import Event, PoolFailed
from autograder.grading.batch.settings import Settings
from autograder.grading.judging.job import Job

from .description import Cluster
from .remote import identity, judge_remotely

TRIES = 3
WINDOW = 3  # jobs for each thread that lie with the scheduler: one runs, others wait nearby


class DaskPool:
    """Within `with`: a client of the cluster that a description names.

    Raises:
        PoolFailed: it cannot be reached, or no worker comes.
    """

    def __init__(self, cluster: Cluster, settings: Settings, silence: float):
        self._settings, self._silence = settings.to_json(), silence
        self._resources = dict(cluster.resources) or None
        self._cluster, self._expected = cluster, identity()
        self._numbers = itertools.count(1)
        self._where: Any = None
        self._client: Any = None  # a Client, whose types hold each answer for a coroutine
        self._told = False

    def __enter__(self) -> Self:
        try:
            self._where, security = self._cluster.connect()
            self._client = Client(
                self._where,
                security=security,
                timeout=min(30, self._cluster.patience),
                set_as_default=False,
            )
            self._client.run_on_scheduler(_allow_failures, failures=TRIES - 1)
            self._client.wait_for_workers(1, timeout=self._cluster.patience)
        except (OSError, TimeoutError) as error:
            self._close()
            raise PoolFailed(f"{self._cluster.name}: {error or 'no worker came'}") from None
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._close()

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        """See `batch.pool.JudgePool`.

        Raises:
            PoolFailed: a machine refuses, or the cluster is gone.
        """
        if not self._told:
            self._told = True
            (_, content), *_ = self._answer(self._submit(b"", "ready"))
            yield Event("ready", content=content)
        running: dict[Future, Job] = {}
        arriving = as_completed(loop=self._client.loop)
        while True:
            wanted = at_once or max(1, WINDOW * sum(self._client.nthreads().values()))
            while len(running) < wanted and (job := next(jobs, None)) is not None:
                future = self._submit(job.to_json(), job.name)
                running[future] = job
                arriving.add(future)
            if not running:
                return
            future = next(arriving)
            yield from self._arrived(future, running.pop(future))

    def _arrived(self, future: Future, job: Job) -> Iterator[Event]:
        yield Event("begin", job)
        for kind, content in self._answer(future):
            yield Event(kind, job, content)
        future.release()

    def _submit(self, job: bytes, name: str) -> Future:
        return self._client.submit(
            judge_remotely,
            *(self._settings, self._expected, self._silence, job),
            key=f"{name}-{next(self._numbers)}",
            pure=False,
            resources=self._resources,
        )

    def _answer(self, future: Future) -> list[tuple[str, object]]:
        try:
            events = json.loads(future.result())
        except KilledWorker:
            return [("lost", None)]
        except Exception as error:  # whatever Dask raises
            raise PoolFailed(f"{self._cluster.name}: {type(error).__name__}: {error}") from None
        if events[0][0] == "refused":
            raise PoolFailed(events[0][1])
        return [(kind, content) for kind, content in events]

    def _close(self) -> None:
        for thing in (self._client, self._where):
            if hasattr(thing, "close"):
                thing.close()


def _allow_failures(dask_scheduler: Any, failures: int) -> None:
    """Runs in the scheduler: a task may take so many workers with it, and one more."""
    dask_scheduler.allowed_failures = failures

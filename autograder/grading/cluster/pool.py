"""A judge pool on a Dask cluster.

If a worker dies, Dask runs its job again elsewhere; the first record that arrives counts, and is in
the journal before its future is released. A job that ends three workers is given up.

On the other machines there is a judging process for each thread of a Dask worker. Jobs and records
are JSON bytes. Nothing of a submission is unpickled or run in the worker, only in the judging
process and its sandbox.
"""

import importlib.metadata
import itertools
import json
import platform
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from distributed import Client, Future, as_completed
from distributed.scheduler import KilledWorker

from autograder.grading.batch.keys import grader_version
from autograder.grading.batch.pool import Event, LocalPool, PoolFailed
from autograder.grading.batch.settings import Settings
from autograder.grading.judging.job import Job

from .description import Cluster

_THREAD = threading.local()  # the judging process of a worker's thread
MAX_TRIES = 3
WINDOW = 3  # jobs for each thread that the scheduler has: one runs, the others wait near it


@contextmanager
def dask_pool(cluster: Cluster, settings: Settings, silence: float) -> Iterator["DaskPool"]:
    """Connect to a cluster, or start its workers.

    Raises:
        PoolFailed: it cannot be reached, or no worker comes.
    """
    with ExitStack() as stack:
        try:
            address, security = cluster.connect()
            if hasattr(address, "close"):
                stack.callback(address.close)
            timeout = min(30, cluster.patience)
            client: Any = Client(address, security=security, timeout=timeout, set_as_default=False)
            stack.callback(client.close)
            client.run_on_scheduler(_allow_failures, failures=MAX_TRIES - 1)
            client.wait_for_workers(1, timeout=cluster.patience)
        except (OSError, TimeoutError) as error:
            raise PoolFailed(f"{cluster.name}: {error or 'no worker came'}") from None
        yield DaskPool(cluster, client, settings, silence)


class DaskPool:
    """A `JudgePool` of the workers of a Dask client."""

    # `client` is a Client, whose types hold each answer for a coroutine.
    def __init__(self, cluster: Cluster, client: Any, settings: Settings, silence: float):
        self._cluster, self._client = cluster, client
        self._settings, self._silence = settings.to_json(), silence
        self._expected = identity()
        self._numbers = itertools.count(1)
        self._ready = False

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        """See `batch.pool.JudgePool`.

        Raises:
            PoolFailed: a machine refuses, or the cluster is gone.
        """
        if not self._ready:
            self._ready = True
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
            job = running.pop(future)
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
            resources=dict(self._cluster.resources) or None,
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


def _allow_failures(dask_scheduler: Any, failures: int) -> None:
    """Runs in the scheduler: a task may end this many workers, and one more."""
    dask_scheduler.allowed_failures = failures


# -------------------------------------------------------------- what runs on the other machines


def identity() -> dict[str, str]:
    """Versions that must be equal on all machines of a batch, so that results are equal."""
    packages = ("torch", "numpy", "pytest", "safetensors")
    return {
        "the grader's code": grader_version()[:12],
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{name: importlib.metadata.version(name).partition("+")[0] for name in packages},
    }


def judge_remotely(settings: str, expected: dict[str, str], silence: float, job: bytes) -> bytes:
    """Judge one job; with an empty one, only return the setup of this machine.

    The answer is a list of events `[kind, content]`; `["refused", why]` if it cannot judge.
    """
    here = identity()
    different = [
        f"{name} {here[name]} instead of {expected[name]}"
        for name in here
        if here[name] != expected.get(name)
    ]
    if different:
        return _refusal(f"has {', '.join(different)}; install the same there")
    try:
        pool = _pool(settings, silence)
        jobs = iter([Job.from_json(job)] if job else [])
        events = [(event.kind, event.content) for event in pool.judge(jobs)]
    except PoolFailed as error:
        return _refusal(str(error))
    if not job:
        return json.dumps([("ready", pool.ready)]).encode()
    return json.dumps([event for event in events if event[0] in ("done", "lost")]).encode()


def _pool(settings: str, silence: float) -> LocalPool:
    """The judging process of this thread; a new one if the settings are new."""
    if getattr(_THREAD, "settings", None) != settings:
        if pool := getattr(_THREAD, "pool", None):
            pool.__exit__()
        _THREAD.settings = settings
        _THREAD.pool = LocalPool(Settings.from_json(settings), 1, silence)
    return _THREAD.pool


def _refusal(why: str) -> bytes:
    return json.dumps([["refused", f"the machine {socket.gethostname()} {why}"]]).encode()

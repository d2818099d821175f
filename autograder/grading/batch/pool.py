"""Judging processes on this machine, each with a submission in hand and the next one ready.

A process that dies is replaced, and what it had begun is tried again; what takes three processes
with it is left alone.
"""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from typing import IO, Any, Protocol, Self

from autograder.config.paths import REPOSITORY
from autograder.grading.judging.job import Job

from .settings import NO_MORE, Settings

STRIKES = 3
AHEAD = 2  # jobs that a process has: one in hand, one whose workers start meanwhile


class PoolFailed(Exception):
    """No judging process can be had; the message says why."""


@dataclass(frozen=True)
class Event:
    """What happened: `kind` is ready (once, of no job), begin, check, result, done or lost."""

    kind: str
    job: Job | None = None
    content: Any = None


class JudgePool(Protocol):
    """Whoever judges jobs: processes of this machine, or of others."""

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        """Judge them all, in any order; each job ends with an event `done` or `lost`.

        The first event of all is `ready`, with what is graded with, even where there is no job.
        `at_once` are the submissions that may be in work at the same time.
        """
        ...


@dataclass
class _Process:
    """One of them, the jobs that it has, and which of those it has begun."""

    popen: subprocess.Popen[bytes]
    stdin: IO[bytes]
    stdout: BufferedReader
    jobs: deque[Job] = field(default_factory=deque)
    begun: bool = False
    ready: bool = False
    rest: bytes = b""
    heard: float = field(default_factory=time.monotonic)

    def send(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has died: reading from it will tell
            self.stdin.write(line)
            self.stdin.flush()


class LocalPool:
    """So many judging processes. Within `with`; leaving it ends them, whatever they do.

    `ready` is with what they grade, once one has said so.

    Args:
        silence: seconds without a word after which a process counts as dead.
    """

    def __init__(self, settings: Settings, size: int, silence: float):
        self._settings, self._size, self._silence = settings, size, silence
        self._selector = selectors.DefaultSelector()
        self._processes: list[_Process] = []
        self._strikes: Counter[str] = Counter()
        self.ready: Mapping[str, Any] | None = None
        self._stillborn = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in list(self._processes):
            self._end(process)
        self._selector.close()

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        """See `JudgePool`.

        Raises:
            PoolFailed: processes do not start, or this machine cannot confine submissions.
        """
        waiting = _Line(jobs)
        depths, size = (AHEAD, self._size) if at_once is None else (1, min(at_once, self._size))
        while True:
            if not self._processes and self.ready is None:
                self._processes.append(self._started())
            self._hand_out(waiting, depths, size)
            busy = any(process.jobs for process in self._processes)
            if waiting.empty() and not busy and self.ready is not None:
                return
            for key, _ in self._selector.select(timeout=1.0):
                yield from self._hear(key.data, waiting)
            for process in self._processes:
                if process.jobs and time.monotonic() - process.heard > self._silence:
                    process.popen.kill()

    def _hand_out(self, waiting: "_Line", depths: int, size: int) -> None:
        """One job to everybody before anybody has two."""
        for depth in range(1, depths + 1):
            for place in range(size):
                if waiting.empty():
                    return
                if place == len(self._processes):
                    self._processes.append(self._started())
                process = self._processes[place]
                if len(process.jobs) < depth:
                    process.jobs.append(job := waiting.take())
                    process.heard = time.monotonic() if depth == 1 else process.heard
                    process.send(job.to_json())

    def _started(self) -> _Process:
        command = [sys.executable, "-m", "autograder.grading.batch.judge_process"]
        popen = subprocess.Popen(
            [*command, self._settings.to_json()],
            cwd=REPOSITORY.root,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches whoever asked, and by it the others
        )
        assert popen.stdin is not None and isinstance(popen.stdout, BufferedReader)
        os.set_blocking(popen.stdout.fileno(), False)
        process = _Process(popen, popen.stdin, popen.stdout)
        self._selector.register(popen.stdout, selectors.EVENT_READ, process)
        return process

    def _hear(self, process: _Process, waiting: "_Line") -> Iterator[Event]:
        data = process.stdout.read1(1 << 20)
        if data is None:
            return
        process.heard = time.monotonic()
        if not data:
            yield from self._buried(process, waiting)
            return
        *lines, process.rest = (process.rest + data).split(b"\n")
        for line in lines:
            yield from self._understood(process, json.loads(line))

    def _understood(self, process: _Process, event: Mapping[str, Any]) -> Iterator[Event]:
        if "refused" in event:
            raise PoolFailed(event["refused"])
        if "ready" in event:
            process.ready, self._stillborn = True, 0
            if self.ready is None:
                self.ready = event["ready"]
                yield Event("ready", content=self.ready)
            return
        job = process.jobs[0]
        if "done" in event:
            process.jobs.popleft()
            process.begun = False
            yield Event("done", job, event["record"])
            return
        [(kind, content)] = event.items()
        process.begun = True
        yield Event(kind, job, content)

    def _buried(self, process: _Process, waiting: "_Line") -> Iterator[Event]:
        """Its process has ended: what it had begun has a strike, what it had not has none."""
        self._end(process)
        self._stillborn += not process.ready
        if self._stillborn >= STRIKES:
            raise PoolFailed(
                f"judging processes end before they begin (exit status {process.popen.returncode});"
                " what they printed stands above"
            )
        jobs = list(process.jobs)
        if jobs and process.begun:
            job = jobs.pop(0)
            self._strikes[job.name] += 1
            if self._strikes[job.name] >= STRIKES:
                yield Event("lost", job)
            else:
                waiting.again(job)
        for job in reversed(jobs):
            waiting.again(job)

    def _end(self, process: _Process) -> None:
        self._selector.unregister(process.stdout)
        self._processes.remove(process)
        if not process.jobs:
            process.send(NO_MORE)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        if process.jobs:
            process.popen.kill()
        process.stdout.close()
        process.popen.wait()


class _Line:
    """The jobs that nobody has yet; those that come back stand first."""

    def __init__(self, jobs: Iterator[Job]):
        self._jobs, self._first = jobs, deque[Job]()

    def empty(self) -> bool:
        if not self._first:
            self._first.extend([job for job in [next(self._jobs, None)] if job is not None])
        return not self._first

    def take(self) -> Job:
        return self._first.popleft()

    def again(self, job: Job) -> None:
        self._first.appendleft(job)


def environment() -> dict[str, str]:
    """Of a judging process: equal hashes and one thread, so that equal work gives equal results."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONHASHSEED": "0"}

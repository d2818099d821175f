"""Judging processes on this machine; each judges one submission while the next one is prepared.

A process that dies is replaced, and its submission is tried once more.
"""

import contextlib
import itertools
import json
import os
import selectors
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from io import BufferedReader
from typing import IO, Any, Protocol

from autograder.config.paths import REPOSITORY
from autograder.exit_codes import UserError
from autograder.grading.judging.job import Job

from .settings import NO_MORE, Settings

MAX_TRIES = 2
AHEAD = 2  # jobs that a process has: one in work, one whose workers start meanwhile


class PoolFailed(UserError):
    """No judging process can be started; the message says why."""


@dataclass(frozen=True)
class Event:
    """What happened: `kind` is ready (once, without a job), begin, check, result, done or lost.

    The content of `begin` and `lost` is what its source made suspicious, as far as it is known.
    """

    kind: str
    job: Job | None = None
    content: Any = None


class JudgePool(Protocol):
    """Judges jobs in several processes, of this machine or of others."""

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        """Judge all jobs, in any order; each job ends with an event `done` or `lost`.

        The first event of all is `ready`, with the setup of the judges, even without any job.
        At most `at_once` submissions are in work at the same time.
        """
        ...


@dataclass
class _Process:
    """A judging process and its jobs; `begun` is the content of `begin` of the first of them."""

    popen: subprocess.Popen[bytes]
    stdin: IO[bytes]
    stdout: BufferedReader
    jobs: deque[Job] = field(default_factory=deque)
    begun: Sequence[str] = ()
    ready: bool = False
    rest: bytes = b""
    last_sign: float = field(default_factory=time.monotonic)

    def send(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has died; reading from it will show that
            self.stdin.write(line)
            self.stdin.flush()


class LocalPool(AbstractContextManager):
    """Up to `size` judging processes; leaving the context ends them at once.

    Args:
        silence: seconds without output after which a process counts as dead.
    """

    def __init__(self, settings: Settings, size: int, silence: float):
        self._settings, self._size, self._silence = settings, size, silence
        self._selector = selectors.DefaultSelector()
        self._processes: list[_Process] = []
        self._jobs: Iterator[Job] = iter(())
        self._tries: Counter[str] = Counter()
        self.ready: Mapping[str, Any] | None = None
        self._failed_starts = 0

    def __exit__(self, *_: object) -> None:
        for process in list(self._processes):
            self._end(process)
        self._selector.close()

    def judge(self, jobs: Iterator[Job], at_once: int | None = None) -> Iterator[Event]:
        """See `JudgePool`.

        Raises:
            PoolFailed: processes do not start, or this machine cannot isolate submissions.
        """
        self._jobs = jobs
        depth, size = (AHEAD, self._size) if at_once is None else (1, min(at_once, self._size))
        while True:
            if not self._processes and self.ready is None:
                self._start()
            self._hand_out(depth, size)
            busy = any(process.jobs for process in self._processes)
            if not busy and self.ready is not None:
                return
            for key, _ in self._selector.select(timeout=1.0):
                yield from self._read(key.data)
            for process in self._processes:
                if process.jobs and time.monotonic() - process.last_sign > self._silence:
                    process.popen.kill()

    def _hand_out(self, depth: int, size: int) -> None:
        """Give jobs to processes: one to each before any gets a second one."""
        for count, place in itertools.product(range(depth), range(size)):
            started = place < len(self._processes)
            if started and len(self._processes[place].jobs) > count:
                continue
            if (job := next(self._jobs, None)) is None:
                return
            process = self._processes[place] if started else self._start()
            process.jobs.append(job)
            process.last_sign = process.last_sign if count else time.monotonic()
            process.send(job.to_json())

    def _start(self) -> _Process:
        command = [sys.executable, "-m", "autograder.grading.batch.judge_process"]
        popen = subprocess.Popen(
            [*command, self._settings.to_json()],
            cwd=REPOSITORY.root,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C goes to this process only, which ends the others
        )
        assert popen.stdin is not None and isinstance(popen.stdout, BufferedReader)
        os.set_blocking(popen.stdout.fileno(), False)
        process = _Process(popen, popen.stdin, popen.stdout)
        self._selector.register(popen.stdout, selectors.EVENT_READ, process)
        self._processes.append(process)
        return process

    def _read(self, process: _Process) -> Iterator[Event]:
        data = process.stdout.read1(1 << 20)
        if data is None:
            return
        process.last_sign = time.monotonic()
        if not data:
            yield from self._bury(process)
            return
        *lines, process.rest = (process.rest + data).split(b"\n")
        for line in lines:
            yield from self._parse(process, json.loads(line))

    def _parse(self, process: _Process, event: Mapping[str, Any]) -> Iterator[Event]:
        if "refused" in event:
            raise PoolFailed(event["refused"])
        if "ready" in event:
            process.ready, self._failed_starts = True, 0
            if self.ready is None:
                self.ready = event["ready"]
                yield Event("ready", content=self.ready)
            return
        job = process.jobs[0]
        if "done" in event:
            process.jobs.popleft()
            process.begun = ()
            yield Event("done", job, event["record"])
            return
        [(kind, content)] = event.items()
        if kind == "begin":
            process.begun = content
        yield Event(kind, job, content)

    def _bury(self, process: _Process) -> Iterator[Event]:
        """The process has ended: return its jobs; only the first one counts a try."""
        self._end(process)
        self._failed_starts += not process.ready
        if self._failed_starts >= MAX_TRIES:
            raise PoolFailed(
                f"judging processes end before they begin (exit status {process.popen.returncode});"
                " see their output above"
            )
        jobs = list(process.jobs)
        if jobs and process.ready:
            self._tries[jobs[0].name] += 1
            if self._tries[jobs[0].name] >= MAX_TRIES:
                yield Event("lost", jobs.pop(0), process.begun)
        self._jobs = itertools.chain(jobs, self._jobs)

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


def silence_of(time_limits: Iterable[float]) -> float:
    """Seconds without output after which a judging process counts as dead.

    The longest check, a slow start of its worker before it, and the judge's own computing after it.
    """
    return 240 + max(time_limits)


def environment() -> dict[str, str]:
    """For judging processes: a fixed hash seed and one thread, so that results are repeatable."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONHASHSEED": "0"}

"""Many short processes, forked from one that has imported everything, a few at a time.

Fork before torch computes anything: its threads would be missing in the child, which would wait
for them for ever.
"""

import gc
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import BinaryIO

FORK = multiprocessing.get_context("fork")
TAIL = 2000
TICK = 0.5


@dataclass(frozen=True)
class JobResult:
    """The report of one job, or the problem that kept it from making one."""

    number: int
    report: bytes
    problem: str
    seconds: float


class _Running:
    """One job in a process of its own; its output is kept in case it crashes."""

    def __init__(self, number: int, job: Callable[[], bytes]):
        self.number, self.started = number, time.monotonic()
        self.report, self.output = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        self.process = FORK.Process(target=_work, args=(job, self.report, self.output))
        self.process.start()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def end(self, time_limit: float) -> JobResult:
        """Read the report; kill the process if it still runs."""
        seconds, late = self.seconds, self.process.is_alive()
        self.process.kill()
        self.process.join()
        with self.report, self.output:
            self.report.seek(0)
            self.output.seek(max(0, os.fstat(self.output.fileno()).st_size - TAIL))
            report, output = self.report.read(), self.output.read()
        problem = ""
        if late:
            problem = f"took more than {time_limit:g} seconds"
        elif code := self.process.exitcode:
            last = output.decode(errors="replace").strip()
            problem = f"crashed with status {code}: {last}"
        return JobResult(self.number, b"" if problem else report, problem, seconds)


def run_forked(
    jobs: Sequence[Callable[[], bytes]],
    at_once: int,
    time_limit: float,
    on_tick: Callable[[], None] = lambda: None,
) -> Iterator[JobResult]:
    """Run every job in a process of its own; yield the results in the order in which they end."""
    waiting = list(enumerate(jobs))[::-1]
    running: list[_Running] = []
    gc.collect()
    gc.freeze()  # children need not look through what exists already
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(_Running(*waiting.pop()))
            wait([job.process.sentinel for job in running], TICK)
            on_tick()
            for job in list(running):
                if not job.process.is_alive() or job.seconds > time_limit:
                    running.remove(job)
                    yield job.end(time_limit)
    finally:
        for job in running:
            job.end(time_limit)
        gc.unfreeze()


def _work(job: Callable[[], bytes], report: BinaryIO, output: BinaryIO) -> None:
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1)
    try:
        report.write(job())
        report.flush()
    except BaseException:
        traceback.print_exc()
        raise SystemExit(1) from None

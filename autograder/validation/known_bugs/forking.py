"""Many short processes, forked from one that has imported everything, a few at a time.

Fork before torch computes anything: its threads would not be in the child, and it would wait for
them.
"""

import gc
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import BinaryIO

FORK = multiprocessing.get_context("fork")
TAIL = 2000
TICK = 0.5


@dataclass(frozen=True)
class Ended:
    """What became of one job: its report, or the problem that left it without one."""

    number: int
    report: bytes
    problem: str
    seconds: float


class _Running:
    """One job in a process of its own; what it prints is kept for the case that it crashes."""

    def __init__(self, number: int, job: Callable[[], bytes], time_limit: float):
        self.number, self._limit = number, time_limit
        self._printed: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self.reader, writer = FORK.Pipe(duplex=False)
        self._started = time.monotonic()
        self._process = FORK.Process(target=_work, args=(job, writer, self._printed.fileno()))
        self._process.start()
        writer.close()

    @property
    def late(self) -> bool:
        return time.monotonic() - self._started > self._limit

    def end(self) -> Ended:
        """Take the report, or end the process if it has none in time."""
        report, problem = b"", ""
        with suppress(EOFError):
            report = self.reader.recv_bytes() if self.reader.poll() else b""
        if self.late and not report:
            problem = f"took more than {self._limit:g} seconds"
        self._process.kill() if problem else self._process.join(TICK)
        self._process.join()
        if not report and not problem:
            self._printed.seek(0, os.SEEK_END)
            self._printed.seek(max(0, self._printed.tell() - TAIL))
            last = self._printed.read().decode(errors="replace").strip()
            problem = f"crashed with status {self._process.exitcode}: {last}"
        self.close()
        return Ended(self.number, report, problem, time.monotonic() - self._started)

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self.reader.close()
        self._printed.close()


def run_forked(
    jobs: Sequence[Callable[[], bytes]],
    at_once: int,
    time_limit: float,
    on_tick: Callable[[], None] = lambda: None,
) -> Iterator[Ended]:
    """Run every job, each in a process of its own; yield what became of them as they end."""
    waiting = list(enumerate(jobs))[::-1]
    running: dict[Connection, _Running] = {}
    gc.collect()
    gc.freeze()  # what is there already stays: children need not look through it
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = _Running(*waiting.pop(), time_limit)
                running[job.reader] = job
            ready = wait(list(running), TICK)
            on_tick()
            for reader, job in list(running.items()):
                if reader in ready or job.late:
                    del running[reader]
                    yield job.end()
    finally:
        for job in running.values():
            job.close()
        gc.unfreeze()


def _work(job: Callable[[], bytes], writer: Connection, output: int) -> None:
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout = sys.stderr = os.fdopen(output, "w", buffering=1)
    try:
        writer.send_bytes(job())
    except BaseException:
        traceback.print_exc()
        raise SystemExit(1) from None

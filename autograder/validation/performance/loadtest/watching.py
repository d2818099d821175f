"""What a command takes: wall time, CPU time and peak memory of all of its processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from autograder.config.paths import REPOSITORY

LOOK = 0.2  # seconds between looks at the CPU times
EVERY = 2.0  # seconds between looks at the memory, which cost CPU time too


class Failed(RuntimeError):
    """A command ended with an error; the message shows the end of what it said."""


@dataclass(frozen=True)
class Spent:
    """Seconds of wall clock and of CPU, and bytes at the fullest moment."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        """One after the other."""
        return Spent(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def surroundings(**more: str) -> dict[str, str]:
    """The environment of every contender: one thread each, no terminal."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", **more}


def watched(
    command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, good: Sequence = (0,)
) -> Spent:
    """Run a command to its end.

    CPU time is what the kernel told whoever waited, orphans included (see `reaping`), or the sum of
    what each process was last seen with, where that is more: of workers whose PID namespace was
    killed the kernel tells nobody, and what they did after the last look is missing. Memory is
    the sum of proportional set sizes, so that shared pages count once.

    Raises:
        Failed: its exit status is not among the `good` ones.
    """
    reading, writing = os.pipe()
    start, peak, looked = time.monotonic(), 0, 0.0
    seen: dict[tuple[int, float], float] = {}
    reaper = [
        sys.executable,
        "-m",
        "autograder.validation.performance.loadtest.reaping",
        str(writing),
    ]
    env = dict(env or surroundings())
    env["PYTHONPATH"] = os.pathsep.join(
        [str(REPOSITORY.root), *filter(None, [env.get("PYTHONPATH")])]
    )
    with tempfile.TemporaryFile() as output, os.fdopen(reading) as told:
        process = subprocess.Popen(
            [*reaper, *command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[writing],
            start_new_session=True,
        )
        os.close(writing)
        try:
            while process.poll() is None:
                seen |= cpu_of(process.pid)
                if time.monotonic() - looked > (EVERY if looked > start + EVERY else EVERY / 10):
                    peak, looked = max(peak, memory_of(process.pid)), time.monotonic()
                time.sleep(LOOK)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode not in good:
            output.seek(0)
            words = output.read().decode(errors="replace")[-800:]
            raise Failed(f"{' '.join(command[:6])} ended with {process.returncode}: {words}")
        figures = json.loads(told.read())
    return Spent(figures["wall"], max(figures["cpu"], sum(seen.values())), peak)


def cpu_of(pid: int) -> dict[tuple[int, float], float]:
    """The CPU seconds of every process below `pid` so far, by its number and its birth."""
    found = {}
    with suppress(psutil.Error):
        for one in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):
                times = one.cpu_times()
                found[one.pid, one.create_time()] = times.user + times.system
    return found


def memory_of(pid: int) -> int:
    """The memory of a process and all below it, in bytes."""
    total = 0
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for one in (parent, *parent.children(recursive=True)):
            with suppress(psutil.Error, OSError):
                total += one.memory_full_info().pss
    return total

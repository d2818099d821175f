"""What a command takes: wall time, CPU time and peak memory of all of its processes."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

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

    CPU time is that of the process and of all that somebody waited for below it. Memory is the sum
    of proportional set sizes, so that shared pages count once.

    Raises:
        Failed: its exit status is not among the `good` ones.
    """
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(env or surroundings()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    output: list[str] = []
    reading = threading.Thread(target=lambda: output.append(process.stdout.read()), daemon=True)
    reading.start()
    peak = 0
    try:
        while True:
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            peak = max(peak, memory_of(process.pid))
            time.sleep(EVERY if time.monotonic() - start > 2 * EVERY else EVERY / 10)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    reading.join(timeout=5)
    process.stdout.close()
    if process.returncode not in good:
        raise Failed(
            f"{' '.join(command[:6])} ended with {process.returncode}: {''.join(output)[-800:]}"
        )
    return Spent(wall, usage.ru_utime + usage.ru_stime, peak)


def memory_of(pid: int) -> int:
    """The memory of a process and all below it, in bytes."""
    total = 0
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for one in (parent, *parent.children(recursive=True)):
            with suppress(psutil.Error, OSError):
                total += one.memory_full_info().pss
    return total

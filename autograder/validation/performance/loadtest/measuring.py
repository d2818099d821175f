"""The cost of a command: wall time, CPU time and peak memory of all of its processes."""

import ctypes
import os
import resource
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

PR_SET_CHILD_SUBREAPER = 36
OUTLIVE = 20  # seconds for processes that outlive the command; later they are left alone
LOOK = 0.2  # seconds between looks at the CPU times
LOOK_AT_MEMORY = 2.0  # seconds; these looks cost CPU time too


class Failed(RuntimeError):
    """A command ended with an error; the message shows the end of its output."""


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock and of CPU, and the highest number of bytes."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        """One after the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def environment_for(**more: str) -> dict[str, str]:
    """The environment of every contender: one thread each, no terminal."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", **more}


def grade_command(
    paths: Sequence[Path], output: Path, jobs: int, only: Sequence[str] = (), seed: str = ""
) -> list[str]:
    """The command line of `autograder grade`."""
    words = [sys.executable, "-m", "autograder", "grade", *map(str, paths)]
    words += ["--output", str(output), "--jobs", str(jobs), "--skip-training"]
    words += [word for task in only for word in ("--only", task)]
    return [*words, *(["--seed", seed] if seed else [])]


def measure_grading(
    paths: Sequence[Path], output: Path, jobs: int, only: Sequence[str] = ()
) -> Cost:
    """Grade these."""
    return measure(grade_command(paths, output, jobs, only), REPOSITORY.root)


def measure(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end.

    CPU time is that of all processes that somebody waited for, or the sum of what each process had
    used when it was last looked at, where that is more: nobody waits for workers whose PID
    namespace was killed, and what they did after the last look is missing. On Linux, processes that
    outlive their parent become children of this one, which waits for them. Memory is the sum of
    proportional set sizes, so that shared pages count once.

    Raises:
        Failed: it ends with an error.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    cpu: dict[tuple[int, float], float] = {}
    before, peak, next_look = _waited_for(), 0, 0.0
    with tempfile.TemporaryFile() as output:
        start, others = time.monotonic(), set(psutil.Process().children())
        already = cpu_below(os.getpid()).keys()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env or environment_for(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.returncode is None:
                now = cpu_below(os.getpid())
                cpu |= {one: now[one] for one in now.keys() - already}
                if time.monotonic() > next_look:
                    peak = max(peak, memory_of(process.pid))
                    looked = time.monotonic()  # often at first, for commands that end soon
                    next_look = looked + (
                        LOOK if looked < start + LOOK_AT_MEMORY else LOOK_AT_MEMORY
                    )
                with suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        wall = time.monotonic() - start
        psutil.wait_procs(set(psutil.Process().children()) - others, timeout=OUTLIVE)
        if process.returncode:
            output.seek(0)
            words = output.read().decode(errors="replace")[-800:]
            raise Failed(f"{' '.join(command[:6])} ended with {process.returncode}: {words}")
    return Cost(wall, max(_waited_for() - before, sum(cpu.values())), peak)


def _waited_for() -> float:
    """The CPU seconds of all processes that this one has waited for, and of those below them."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_below(pid: int) -> dict[tuple[int, float], float]:
    """The CPU seconds of every process below `pid` so far, by its number and its birth."""
    seconds = {}
    with suppress(psutil.Error):
        for one in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):
                times = one.cpu_times()
                seconds[one.pid, one.create_time()] = times.user + times.system
    return seconds


def memory_of(pid: int) -> int:
    """The memory of a process and all below it, in bytes."""
    total = 0
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for one in (parent, *parent.children(recursive=True)):
            with suppress(psutil.Error, OSError):
                total += one.memory_full_info().pss
    return total

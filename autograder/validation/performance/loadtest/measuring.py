"""The cost of a command: wall time, CPU time and peak memory of all of its processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from autograder.config.paths import REPOSITORY

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


@dataclass(frozen=True)
class GradingRun:
    """A run of `autograder grade`: its cost, and when each submission was finished."""

    cost: Cost
    finished_at: Sequence[float]  # seconds from the start

    @property
    def seconds_between(self) -> float:
        """From one finished submission to the next, the start left out."""
        times = self.finished_at
        return (times[-1] - times[0]) / max(len(times) - 1, 1) if times else 0.0

    def seconds_for(self, count: int) -> float:
        """How long a class of this mix and of another size takes."""
        first, last = (self.finished_at[0], self.finished_at[-1]) if self.finished_at else (0, 0)
        return first + (count - 1) * self.seconds_between + self.cost.wall - last


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
) -> GradingRun:
    """Grade these, and note when each is in the journal."""
    start, times, journal = time.monotonic(), [], output / "journal.jsonl"

    def look() -> None:
        lines = journal.read_bytes().splitlines() if journal.exists() else []
        finished = sum(b'"record"' in line for line in lines)
        times.extend([time.monotonic() - start] * (finished - len(times)))

    cost = measure(grade_command(paths, output, jobs, only), REPOSITORY.root, on_look=look)
    look()
    return GradingRun(cost, times)


def measure(
    command: Sequence[str],
    cwd: Path,
    env: Mapping[str, str] | None = None,
    on_look: Callable[[], None] = lambda: None,
) -> Cost:
    """Run a command to its end.

    CPU time is that of all processes that somebody waited for (see `subreaper`), or the sum of what
    each process had used when it was last looked at, where that is more: nobody waits for workers
    whose PID namespace was killed, and what they did after the last look is missing. Memory is
    the sum of proportional set sizes, so that shared pages count once.

    Raises:
        Failed: it ends with an error.
    """
    env = dict(env or environment_for())
    folders = [str(REPOSITORY.root), env.get("PYTHONPATH")]
    env["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
    cpu: dict[tuple[int, float], float] = {}
    start, peak, next_look = time.monotonic(), 0, 0.0
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        figures = Path(folder, "figures.json")
        subreaper = f"{__package__}.subreaper"
        process = subprocess.Popen(
            [sys.executable, "-m", subreaper, str(figures), *command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                cpu |= cpu_below(process.pid)
                if time.monotonic() > next_look:
                    peak = max(peak, memory_of(process.pid))
                    looked = time.monotonic()  # often at first, for commands that end soon
                    next_look = looked + (
                        LOOK if looked < start + LOOK_AT_MEMORY else LOOK_AT_MEMORY
                    )
                on_look()
                time.sleep(LOOK)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode:
            output.seek(0)
            words = output.read().decode(errors="replace")[-800:]
            raise Failed(f"{' '.join(command[:6])} ended with {process.returncode}: {words}")
        cost = json.loads(figures.read_text())
    return Cost(cost["wall"], max(cost["cpu"], sum(cpu.values())), peak)


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

"""`autograder grade` on a class: watched from outside, as whoever types it sees it."""

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.config.paths import REPOSITORY

from .classroom import Member, paths_of
from .watching import Spent, surroundings, watched

LOOK = 0.1  # seconds between looks at the journal


@dataclass(frozen=True)
class Run:
    """A finished run: what it took, and when each submission was in the journal, from its start."""

    jobs: int
    submissions: int
    spent: Spent
    finished_at: Sequence[float]

    @property
    def per_minute(self) -> float:
        """Of the whole command, its start included."""
        return 60 * self.submissions / self.spent.wall

    @property
    def steady(self) -> float:
        """Seconds from one finished submission to the next, the start left out."""
        times = self.finished_at
        return (times[-1] - times[0]) / max(len(times) - 1, 1) if times else 0.0

    def seconds_for(self, count: int) -> float:
        """How long a class of this mix and of another size takes."""
        rest = self.spent.wall - (self.finished_at[-1] if self.finished_at else 0)
        first = self.finished_at[0] if self.finished_at else 0
        return first + (count - 1) * self.steady + rest


def command(
    paths: Sequence[Path], output: Path, jobs: int, only: Sequence[str] = (), seed: str = ""
) -> list[str]:
    """The command line."""
    words = [sys.executable, "-m", "autograder", "grade", *map(str, paths)]
    words += ["--output", str(output), "--jobs", str(jobs), "--skip-training"]
    words += [word for task in only for word in ("--only", task)]
    return [*words, *(["--seed", seed] if seed else [])]


def grade(
    folder: Path, members: Sequence[Member], output: Path, jobs: int, only: Sequence[str] = ()
) -> Run:
    """Grade a class, and watch."""
    return grade_paths(paths_of(folder, members), output, jobs, only)


def grade_paths(paths: Sequence[Path], output: Path, jobs: int, only: Sequence[str] = ()) -> Run:
    """Grade these, and watch."""
    output.mkdir(parents=True)
    times: list[float] = []
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(output / "journal.jsonl", times, over))
    watcher.start()
    try:
        spent = watched(command(paths, output, jobs, only), REPOSITORY.root, surroundings())
    finally:
        over.set()
        watcher.join()
    return Run(jobs, len(paths), spent, times)


def _watch(journal: Path, times: list[float], over: threading.Event) -> None:
    """Note when each line of a submission is there."""
    start, read = time.monotonic(), 0
    while not over.wait(LOOK):
        if journal.exists():
            with journal.open("rb") as file:
                file.seek(read)
                new = file.read()
            whole = new.rpartition(b"\n")[0]
            read += len(whole) + 1 if whole else 0
            lines = sum(b'"record"' in line for line in whole.splitlines())
            times += [time.monotonic() - start] * lines

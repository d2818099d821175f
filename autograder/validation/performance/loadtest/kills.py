"""kill -9 at random moments: what was finished stays, what follows is what it would have been."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from autograder.config.paths import REPOSITORY

from .ours import command
from .outcomes import gradebook, journal
from .watching import Failed, surroundings

SEED = "10ad"
WHEN = ("graded_at", "graded")  # columns of the gradebook that tell of the run, not of the grade
PATIENCE = 15.0  # seconds for the janitor to tidy up after a run that was killed


@dataclass
class Findings:
    """After so many kills: submissions lost, gradebooks that differ, and what was left behind."""

    kills: int = 0
    runs: int = 0
    lost: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.different or self.left)


def kill_again_and_again(
    paths: Sequence[Path],
    place: Path,
    kills: int,
    seed: int,
    jobs: int = 1,
    only: Sequence[str] = ("schedule",),
    told: Callable[[], None] = lambda: None,
) -> Findings:
    """Kill `kills` times; whenever a run gets through between two kills, look and begin anew."""
    scratch = place / "scratch"
    scratch.mkdir(parents=True)
    scratch.chmod(0o711)  # workers of another uid pass through
    place.chmod(0o711)
    env = surroundings(TMPDIR=str(scratch))
    whole = place / "whole"
    start = time.monotonic()
    subprocess.run(
        command(paths, whole, jobs, only, SEED),
        cwd=REPOSITORY.root,
        env=env,
        check=True,
        capture_output=True,
    )
    length = time.monotonic() - start
    expected = _grades(whole)
    random_, found, output = random.Random(seed), Findings(), place / "0"
    while found.kills < kills:
        before = _names(output)
        finished = _run(command(paths, output, jobs, only, SEED), env, random_, length)
        found.kills += not finished
        told()
        gone = before - _names(output)
        found.lost += [f"{name} after kill {found.kills}" for name in sorted(gone)]
        if finished:
            _compare(found, output, expected)
            found.runs += 1
            output = place / str(found.runs)
    subprocess.run(
        command(paths, output, jobs, only, SEED),
        cwd=REPOSITORY.root,
        env=env,
        check=True,
        capture_output=True,
    )
    _compare(found, output, expected)
    found.left = _left(scratch)
    return found


def _run(words: list[str], env: dict, random_: random.Random, length: float) -> bool:
    """Whether the run came to its end before it was killed."""
    process = subprocess.Popen(
        words,
        cwd=REPOSITORY.root,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if process.wait(timeout=random_.uniform(0.05, 1) * length):
            raise Failed(f"a run ended with {process.returncode} before it was killed")
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _names(output: Path) -> set[str]:
    return set(journal(output)) if (output / "journal.jsonl").exists() else set()


def _grades(output: Path) -> dict[str, dict[str, str]]:
    """The gradebook without the times."""
    return {
        name: {column: cell for column, cell in row.items() if column not in WHEN}
        for name, row in gradebook(output).items()
    }


def _compare(found: Findings, output: Path, expected: dict) -> None:
    rows = _grades(output)
    found.different += [
        f"{name} in run {found.runs}" for name in expected if rows.get(name) != expected[name]
    ]


def _left(scratch: Path) -> list[str]:
    """What stays in the folder for temporary files when all is over."""
    deadline = time.monotonic() + PATIENCE
    while (rest := sorted(scratch.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.1)
    return [path.name for path in rest]

"""kill -9 at random moments: what was finished stays, and the results are those of a quiet run."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from autograder.config.paths import REPOSITORY

from .classroom import gradebook, journal
from .measuring import Failed, environment_for, grade_command

SEED = "10ad"
WHEN = ("graded_at", "graded")  # columns of the gradebook about the run, not about the grade
TIME_LIMIT = 15.0  # seconds for the janitor to tidy up after a run that was killed


def kill_again_and_again(
    paths: Sequence[Path],
    place: Path,
    kills: int,
    seed: int,
    jobs: int = 1,
    only: Sequence[str] = ("schedule",),
    on_run: Callable[[], None] = lambda: None,
) -> dict:
    """Kill `kills` times; whenever a run ends between two kills, compare and begin anew.

    Returns:
        `lost`: submissions that were finished and are gone. `different`: rows that an uninterrupted
        run does not have. `left_behind`: what stays in the folder for temporary files.
    """
    scratch = place / "scratch"
    scratch.mkdir(parents=True)
    for folder in (scratch, place):
        folder.chmod(0o711)  # workers of another uid pass through
    env, rng = environment_for(TMPDIR=str(scratch)), random.Random(seed)

    def grade(output: Path, seconds: float | None = None) -> bool:
        return _ends_in_time(grade_command(paths, output, jobs, only, SEED), env, seconds)

    start = time.monotonic()
    grade(place / "whole")
    length, expected = time.monotonic() - start, _grades(place / "whole")
    killed, runs, lost, different = 0, 0, [], []
    while True:
        on_run()
        output = place / str(runs)
        before = journal(output).keys()
        finished = grade(output, rng.uniform(0.05, 1) * length if killed < kills else None)
        killed += not finished
        gone = before - journal(output).keys()
        lost += [f"{name} after kill {killed}" for name in sorted(gone)]
        if finished:
            rows = _grades(output)
            different += [
                f"{name} in run {runs}" for name in expected if rows.get(name) != expected[name]
            ]
            runs += 1
            if killed == kills:
                break
    return {
        "kills": killed,
        "runs_that_came_to_an_end": runs,
        "lost": lost,
        "different": different,
        "left_behind": _left_in(scratch),
    }


def _ends_in_time(command: list[str], env: dict, seconds: float | None) -> bool:
    """Run a command; kill it with all of its processes after so many seconds."""
    silent = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    process = subprocess.Popen(
        command, cwd=REPOSITORY.root, env=env, start_new_session=True, **silent
    )
    try:
        if process.wait(seconds):
            raise Failed(f"a run ended with {process.returncode} before it was killed")
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _grades(output: Path) -> dict[str, dict[str, str]]:
    """The gradebook without the times."""
    return {
        name: {column: cell for column, cell in row.items() if column not in WHEN}
        for name, row in gradebook(output).items()
    }


def _left_in(scratch: Path) -> list[str]:
    deadline = time.monotonic() + TIME_LIMIT
    while (rest := sorted(scratch.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.1)
    return [path.name for path in rest]

"""One run as the platform does it: wiped results, metadata, limits, time-out, output cut short."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.config.paths import REPOSITORY

from .groups import Groups
from .image import Image

MIB = 2**20
MOST_OUTPUT = 100_000  # characters of stdout, and of each output in results.json
MOST_RESULTS = 50_000_000
CUT = "\n[output was cut]"
TICK = 0.2
NO_RESULTS = "The autograder failed to execute correctly"
TIMED_OUT = "Your submission timed out"


@dataclass(frozen=True)
class Limits:
    """What the platform gives a run: its defaults."""

    memory: int = 768 * MIB
    cpus: float = 0.5
    seconds: float = 600


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    `results` is what the platform takes over, with `problem` in its place where it takes nothing;
    `left` is what lay in results.json when a run was ended, of which the platform says that it
    counts for nothing. Memory is what could not be given back; both are 0 where nobody measured.
    """

    results: Mapping[str, Any] | None
    problem: str
    left: Mapping[str, Any] | None
    stdout: str
    status: int
    seconds: float
    cpu_seconds: float
    memory: int
    kills: int
    bounded: bool


def metadata(
    created_at: datetime, due: datetime, students: Sequence[str], later: Mapping[str, datetime]
) -> dict[str, Any]:
    """submission_metadata.json of a submission by students, of whom some have more time."""
    date = due.isoformat()
    return {
        "id": 123456,
        "created_at": created_at.isoformat(),
        "assignment": {
            "due_date": date,
            "group_size": max(1, len(students)),
            "group_submission": len(students) > 1,
            "id": 25828,
            "course_id": 1234,
            "late_due_date": None,
            "release_date": datetime(2026, 9, 1, tzinfo=UTC).isoformat(),
            "title": "Diffusion models from scratch",
            "total_points": "100.0",
        },
        "submission_method": "upload",
        "users": [
            {
                "email": email,
                "id": 1000 + number,
                "name": email.partition("@")[0],
                "assignment": {"due_date": later.get(email, due).isoformat()},
            }
            for number, email in enumerate(students)
        ],
        "previous_submissions": [],
    }


def grade(
    image: Image,
    submission: Path,
    told: Mapping[str, Any],
    folder: Path,
    limits: Limits = Limits(),
    landlock: bool = False,
) -> Outcome:
    """Grade a folder, or a file, in the image; `folder` is empty and takes what the run needs.

    Raises:
        FileNotFoundError: there is no such submission.
    """
    if not submission.exists():
        raise FileNotFoundError(f"{submission}: there is no such submission; name a folder or file")
    run = folder / "autograder"
    for name in ("submission", "results"):
        (run / name).mkdir(parents=True)  # results are wiped: there are none
    _take(submission, run / "submission")
    (run / "submission_metadata.json").write_text(json.dumps(told))
    stage = folder / "stage"
    stage.mkdir()
    groups = Groups.made(limits.memory, limits.cpus)
    names = ("submission", "results", "submission_metadata.json")
    container = image.container(
        stage,
        "/autograder/run_autograder",
        binds=(*image.binds, *((str(run / n), f"/autograder/{n}", False) for n in names)),
        groups=groups.shown(),
        landlock=landlock,
    )
    bounded = groups.bounded
    started = time.monotonic()
    try:
        with (folder / "stdout").open("wb") as stdout:
            status, in_time = _watched(container.arguments(), stdout, groups, limits.seconds)
        seconds, cpu = time.monotonic() - started, groups.cpu_seconds()
        kills = groups.kills()
    finally:
        groups.remove()
    found = read_results(run / "results" / "results.json")
    problem = TIMED_OUT if not in_time else "" if found else NO_RESULTS
    return Outcome(
        None if problem else found,
        problem,
        found if problem else None,
        _cut((folder / "stdout").read_bytes()[: 4 * MOST_OUTPUT].decode(errors="replace")),
        status,
        seconds,
        cpu,
        groups.peak,
        kills,
        bounded,
    )


def read_results(path: Path) -> dict[str, Any] | None:
    """What the platform would take over: a JSON object, outputs cut; None where there is none."""
    try:
        if path.is_symlink() or path.stat().st_size > MOST_RESULTS:
            return None
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not ("score" in found or found.get("tests")):
        return None
    for part in (found, *found.get("tests", ())):
        if isinstance(part.get("output"), str):
            part["output"] = _cut(part["output"])
    return found


def _take(submission: Path, target: Path) -> None:
    if submission.is_dir():
        shutil.copytree(submission, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(submission, target)


def _watched(command: list[str], stdout: Any, groups: Groups, seconds: float) -> tuple[int, bool]:
    """Run the container to its end, or to the end of its time; whether it was in time."""
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY.root,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stdout,
        start_new_session=True,
    )
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(TICK), True
            groups.sample()
        return -signal.SIGKILL, False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _cut(text: str) -> str:
    return text if len(text) <= MOST_OUTPUT else text[:MOST_OUTPUT] + CUT

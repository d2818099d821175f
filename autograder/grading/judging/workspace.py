"""A submission laid over the starter, and the workers that run it."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course.starter import committed_starter
from autograder.grading.intake import Submission

from .job import Job
from .workers import Workers


@dataclass(frozen=True)
class Workspace:
    """What it takes to judge a job: a folder with its code, and workers that are starting.

    The job's submission has stand-ins for cells that cannot be read. `from_starter` names what was
    not handed in; of a notebook nothing can be missing. `stack` ends the workers and removes the
    folder when it is closed.
    """

    job: Job
    folder: Path
    workers: Workers
    from_starter: tuple[str, ...] = ()
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


def lacking(submission: Submission, starter: Mapping[str, bytes] | None = None) -> tuple[str, ...]:
    """The modules that are the starter's own, since they were not handed in."""
    given = committed_starter() if starter is None else starter
    return () if submission.of_cells else tuple(n for n in given if n not in submission.files)


@contextmanager
def laid_over(
    submission: Submission, parent: Path | None = None, starter: Mapping[str, bytes] | None = None
) -> Iterator[Path]:
    """A fresh folder below `parent` that holds `diffusion/`, read-only, and is removed on leaving:
    the submission over the modules of `starter`, or over the committed one.

    The folder is readable to any user, since workers have a uid of their own, but its name is
    random and stands in a folder that only its owner can list.
    """
    given = committed_starter() if starter is None else starter
    outer = Path(tempfile.mkdtemp(prefix="overlay-", dir=parent))
    try:
        outer.chmod(0o711)
        folder = Path(tempfile.mkdtemp(dir=outer))
        for name, content in {**given, **submission.files}.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        _make_read_only(folder)
        yield folder
    finally:
        _remove(outer)


def _make_read_only(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)


def _remove(outer: Path) -> None:
    for path in outer.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(outer, ignore_errors=True)

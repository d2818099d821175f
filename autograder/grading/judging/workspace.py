"""A submission laid over the starter: the folder that a worker imports from."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder.course.starting import committed_starter
from autograder.grading.intake import Submission


@dataclass(frozen=True)
class Overlay:
    """A fresh folder that holds `diffusion/`, read-only; `from_starter` names what was lacking."""

    folder: Path
    from_starter: tuple[str, ...]


@contextmanager
def overlaid(
    submission: Submission, parent: Path | None = None, starter: Mapping[str, bytes] | None = None
) -> Iterator[Overlay]:
    """Lay `submission` over the modules of `starter` in a fresh folder below `parent`, removed on
    leaving; without a starter, over the committed one.

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
        yield Overlay(folder, tuple(name for name in given if name not in submission.files))
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

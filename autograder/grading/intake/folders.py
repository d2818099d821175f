"""Folders on the disk: regular files alone, and no link is followed."""

import os
import stat
from collections.abc import Container, Iterable
from pathlib import Path

from checkkit.text import one_line

from .submission import BadSubmission
from .trees import Kind, Tree


class DiskFolder(Tree):
    """A folder on the disk."""

    def __init__(self, path: Path):
        self.path = path

    def entries(self) -> Iterable[tuple[str, Kind]]:
        try:
            with os.scandir(self.path) as found:
                return [(entry.name, _kind(entry)) for entry in found]
        except OSError as error:
            raise BadSubmission(self.path, f"cannot be read: {error.strerror}") from None

    def enter(self, name: str) -> "DiskFolder":
        return DiskFolder(self.path / name)

    def read(self, name: str, limit: int) -> bytes:
        try:
            fd = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(fd, "rb") as file:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise BadSubmission(self.path, f"{one_line(name)} is no regular file")
                return file.read(limit + 1)
        except OSError as error:
            why = f"{one_line(name)} cannot be read: {error.strerror}"
            raise BadSubmission(self.path, why) from None


class Siblings(DiskFolder):
    """Of a folder on the disk what somebody named, as if nothing else lay there."""

    def __init__(self, path: Path, names: Container[str]):
        super().__init__(path)
        self._named = names

    def entries(self) -> Iterable[tuple[str, Kind]]:
        return [(name, kind) for name, kind in super().entries() if name in self._named]


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"

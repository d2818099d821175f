"""Folders, on a disk or in a zip, in one form. On a disk, no link is followed."""

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from checkkit.text import one_line

from .submission import BadSubmission

MOST_WRAPPERS = 2  # the folder that a zip program makes, and one that a student has made
MOST_LOOKED_AT = 2000
Kind = Literal["folder", "file", "other"]


class Tree(ABC):
    """One folder. `path` is what messages name: where it lies, as far as that is known."""

    path: Path

    @abstractmethod
    def entries(self) -> Iterable[tuple[str, Kind]]:
        """What lies in it. Links, devices and names that climb are `other`: never followed."""

    @abstractmethod
    def enter(self, name: str) -> "Tree":
        """One of its folders."""

    @abstractmethod
    def read(self, name: str, limit: int) -> bytes:
        """One of its files, of which at most `limit + 1` bytes: more means that it is too large.

        Raises:
            BadSubmission: it cannot be read.
        """

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Name -> kind of everything in it, in order."""
        return dict(sorted(self.entries()))

    @property
    def folders(self) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind == "folder"]

    @property
    def files(self) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind == "file"]


class DiskFolder(Tree):
    """A folder on the disk; with `only`, as if nothing but these names lay in it."""

    def __init__(self, path: Path, only: Container[str] | None = None):
        self.path, self._only = path, only

    def entries(self) -> Iterable[tuple[str, Kind]]:
        try:
            with os.scandir(self.path) as entries:
                return [
                    (entry.name, _kind(entry))
                    for entry in entries
                    if self._only is None or entry.name in self._only
                ]
        except OSError as error:
            raise BadSubmission(self.path, f"cannot be read: {error.strerror}") from None

    def enter(self, name: str) -> "DiskFolder":
        return DiskFolder(self.path / name)

    def read(self, name: str, limit: int) -> bytes:
        try:
            fd = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(fd, "rb") as file:
                status = os.fstat(fd)
                if not stat.S_ISREG(status.st_mode):
                    raise BadSubmission(self.path, f"{one_line(name)} is not a regular file")
                return file.read(min(limit, status.st_size) + 1)  # memory for no more than there is
        except OSError as error:
            why = f"{one_line(name)} cannot be read: {error.strerror}"
            raise BadSubmission(self.path, why) from None


class Selection(Tree):
    """Some files of a folder under other names, as if they lay in a folder of their own."""

    def __init__(self, tree: Tree, path: Path, names: Mapping[str, str]):
        self._tree, self.path, self._own = tree, path, names

    def entries(self) -> Iterable[tuple[str, Kind]]:
        return [(name, "file") for name in self._own]

    def enter(self, name: str) -> Tree:
        raise KeyError(name)

    def read(self, name: str, limit: int) -> bytes:
        return self._tree.read(self._own[name], limit)


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def litter(name: str) -> bool:
    """What systems and programs leave behind: .DS_Store, .git, __MACOSX, __pycache__."""
    return name.startswith((".", "__"))


def real_folders(tree: Tree) -> list[str]:
    """The folders that a person has made."""
    return [name for name in tree.folders if not litter(name)]


def nested(tree: Tree) -> Iterator[tuple[Tree, tuple[str, ...], list[str]]]:
    """The folder, and the ones that stand alone inside one another, as zip programs leave them.

    Yields:
        Each folder, the way to it, and the names that were passed on the way.
    """
    way: tuple[str, ...] = ()
    passed: list[str] = []
    yield tree, way, passed
    while len(way) < MOST_WRAPPERS and len(alone := real_folders(tree)) == 1:
        passed = passed + [name for name in tree.kinds if name != alone[0]]
        tree, way = tree.enter(alone[0]), (*way, alone[0])
        yield tree, way, passed


def files_below(tree: Tree) -> Iterator[tuple[str, Tree, str]]:
    """Files, those at the top first, not from too deep and not from among too many.

    Yields:
        Where each lies, "" or a way that ends with a slash, its folder, and its name there.
    """
    waiting, left = [("", tree, 0)], MOST_LOOKED_AT
    while waiting and left > 0:
        start, place, depth = waiting.pop(0)
        try:
            kinds = place.kinds
        except BadSubmission:
            continue
        for name in place.files[:left]:
            yield start, place, name
        left -= len(kinds)
        if depth < MOST_WRAPPERS + 2:
            inner = real_folders(place)[:MOST_LOOKED_AT]
            waiting += [(f"{start}{name}/", place.enter(name), depth + 1) for name in inner]


def ending(names: Iterable[str], *suffixes: str) -> list[str]:
    """The names with one of these endings, in any case, that are no litter."""
    return [name for name in names if name.lower().endswith(suffixes) and not litter(name)]

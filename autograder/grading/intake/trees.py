"""Folders, on a disk or in a zip, in one form for everybody who looks into them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

LOOKED_THROUGH = 2  # the folder that a zip program makes, and one that a student has made
Kind = Literal["folder", "file", "other"]


class Tree(ABC):
    """One folder. `path` is what messages name: where it lies, as far as that can be said."""

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
    def _kinds(self) -> dict[str, Kind]:
        return dict(sorted(self.entries()))

    @property
    def folders(self) -> list[str]:
        return [name for name, kind in self._kinds.items() if kind == "folder"]

    @property
    def files(self) -> list[str]:
        return [name for name, kind in self._kinds.items() if kind == "file"]

    @property
    def names(self) -> list[str]:
        """Everything in it."""
        return list(self._kinds)


class Picked(Tree):
    """Some files of a folder under other names, as if they lay in a folder of their own."""

    def __init__(self, tree: Tree, path: Path, names: Mapping[str, str]):
        self._tree, self.path, self._own = tree, path, names

    def entries(self) -> Iterable[tuple[str, Kind]]:
        return [(name, "file") for name in self._own]

    def enter(self, name: str) -> Tree:
        raise KeyError(name)

    def read(self, name: str, limit: int) -> bytes:
        return self._tree.read(self._own[name], limit)


def litter(name: str) -> bool:
    """What systems and programs leave behind: .DS_Store, .git, __MACOSX, __pycache__."""
    return name.startswith((".", "__"))


def real_folders(tree: Tree) -> list[str]:
    """The folders that a person has made."""
    return [name for name in tree.folders if not litter(name)]


def only_folder(tree: Tree) -> str | None:
    """The folder that stands alone at the top, as zip programs leave it."""
    names = real_folders(tree)
    return names[0] if len(names) == 1 else None


def nested(tree: Tree) -> Iterator[tuple[Tree, tuple[str, ...]]]:
    """The folder, and the ones that stand alone inside one another; each with the way there."""
    way: tuple[str, ...] = ()
    yield tree, way
    while len(way) < LOOKED_THROUGH and (name := only_folder(tree)):
        tree, way = tree.enter(name), (*way, name)
        yield tree, way


def ending(names: Iterable[str], *suffixes: str) -> list[str]:
    """The names with one of these endings, in any case, that are no litter."""
    return [name for name in names if name.lower().endswith(suffixes) and not litter(name)]

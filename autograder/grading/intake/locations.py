"""Where a submission lies, so that it can be opened when its turn comes and not before."""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from .folders import DiskFolder
from .refusing import OTHER_ARCHIVES
from .submission import BadSubmission, Submission
from .taking import take
from .terms import Terms
from .trees import Picked, Tree
from .zips import collection_on_disk, zip_in, zip_on_disk


@dataclass(frozen=True)
class Location:
    """A path on the disk, and the way on in it: names of folders, and of zips to look into.

    With `picked`, only these files of the place count, under the names that it gives them.
    """

    path: Path
    inside: tuple[str, ...] = ()
    picked: Mapping[str, str] | None = None

    @property
    def whole(self) -> Path:
        """The way as one path: what messages name and names are made of."""
        return self.path.joinpath(*self.inside)

    def below(self, *names: str) -> "Location":
        """A location further in."""
        return replace(self, inside=(*self.inside, *names))

    @contextlib.contextmanager
    def open(self, *, collection: bool = False) -> Iterator[Tree]:
        """The folder that lies there, as long as somebody looks into it.

        Raises:
            BadSubmission: nothing that can be read lies there.
        """
        part = collection or self.inside or self.picked is not None
        with contextlib.ExitStack() as stack:
            tree = stack.enter_context(_on_disk(self.path, bool(part)))
            for name in self.inside:
                within = name in tree.folders
                tree = tree.enter(name) if within else stack.enter_context(_file(tree, name))
            yield tree if self.picked is None else Picked(tree, self.whole, self.picked)


def read_submission(path: Path, terms: Terms | None = None) -> Submission:
    """Take one submission, whatever else its content looks like, by the terms of its course.

    Raises:
        BadSubmission: nothing can be taken of it; the message says why.
    """
    return read_at(Location(path), terms)


def read_at(location: Location, terms: Terms | None = None) -> Submission:
    """Take the submission that lies there.

    Raises:
        BadSubmission: as `read_submission`.
    """
    try:
        with location.open() as tree:
            return take(tree, terms or Terms())
    except BadSubmission as error:
        raise BadSubmission(location.whole, error.why) from None


def _on_disk(path: Path, collection: bool) -> AbstractContextManager[Tree]:
    try:
        folder, file = path.is_dir(), path.is_file()
    except OSError as error:
        raise BadSubmission(path, f"cannot be read: {error.strerror}") from None
    if folder:
        return contextlib.nullcontext(DiskFolder(path))
    if not file:
        raise BadSubmission(path, "there is no such folder or zip")
    if _no_zip(path.name):
        return _file(DiskFolder(path.parent), path.name)
    return contextlib.nullcontext(collection_on_disk(path)) if collection else zip_on_disk(path)


def _file(tree: Tree, name: str) -> AbstractContextManager[Tree]:
    """A single file as a folder: what is in it if it is a zip, else itself."""
    lower = name.lower()
    if lower.endswith((".py", ".ipynb")):
        return contextlib.nullcontext(Picked(tree, tree.path / name, {name: name}))
    if lower.endswith(OTHER_ARCHIVES):
        raise BadSubmission(tree.path / name, "is packed in a way that is not read; use a zip")
    return zip_in(tree, name)


def _no_zip(name: str) -> bool:
    return name.lower().endswith((".py", ".ipynb", *OTHER_ARCHIVES))

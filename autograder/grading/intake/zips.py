"""Zips as folders: nothing is unpacked, and no number that a zip says of itself is believed."""

import contextlib
import functools
import io
import stat
import struct
import weakref
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from checkkit.text import one_line

from .submission import MAX_ENTRIES, MAX_ZIP_BYTES, PACKAGE, BadSubmission
from .trees import Kind, Tree

MAX_COLLECTION_ENTRIES = 10 * MAX_ENTRIES
TOO_LARGE = f"is larger than {MAX_ZIP_BYTES:,} bytes; zip {PACKAGE}/ alone"
DEEPEST = 16
CHUNK = 1_000_000
DIRECTORY_BYTES_OF_AN_ENTRY = 200  # 46 and a name; many times MAX_ENTRIES would fit into a zip
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,  # NotImplementedError, for what zipfile cannot do, is one
)


class ZipFolder(Tree):
    """A folder in a zip; `archive` stays open as long as somebody reads."""

    def __init__(self, archive: zipfile.ZipFile, path: Path):
        self.archive, self.path = archive, path
        self._folders: dict[str, ZipFolder] = {}
        self._files: dict[str, list[zipfile.ZipInfo]] = {}
        self._others: list[str] = []

    def entries(self) -> Iterable[tuple[str, Kind]]:
        for name in self._others:
            yield name, "other"
        for name in self._folders:
            yield name, "folder"
        for name in self._files:
            yield name, "file"

    def enter(self, name: str) -> "ZipFolder":
        return self._folders[name]

    def read(self, name: str, limit: int) -> bytes:
        entry, *others = self._files[name]
        shown = one_line(entry.filename)
        if others:
            raise BadSubmission(self.path, f"{shown} occurs twice; hand in only one of them")
        if entry.flag_bits & 1:
            raise BadSubmission(self.path, "is encrypted; hand in a zip without a password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadSubmission(self.path, f"{shown} has an unusual compression; use a plain zip")
        if entry.file_size > limit:
            raise BadSubmission(self.path, f"{shown} is larger than {limit:,} bytes")
        # zipfile hands out no more than `file_size`, whatever lies packed behind it.
        with _damage_reported(self.path), self.archive.open(entry) as file:
            return b"".join(iter(lambda: file.read(CHUNK), b""))

    def place(self, entry: zipfile.ZipInfo) -> None:
        """Put one entry of the zip where its name says, or among what nobody reads."""
        name = PurePosixPath(entry.filename.replace("\\", "/"))  # some programs for Windows
        if name.is_absolute() or ".." in name.parts or not 0 < len(name.parts) <= DEEPEST:
            self._others.append(entry.filename)
            return
        folder = self
        for part in name.parts if entry.is_dir() else name.parts[:-1]:
            inner = ZipFolder(self.archive, self.path)
            folder = folder._folders.setdefault(part, inner)
        if not entry.is_dir() and stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG):
            folder._files.setdefault(name.name, []).append(entry)
        elif not entry.is_dir():
            folder._others.append(name.name)


def zip_on_disk(path: Path) -> ZipFolder:
    """The zip of one submission as a folder.

    Raises:
        OSError: it cannot be read.
        BadSubmission: it is too large, or no whole zip.
    """
    if path.stat().st_size > MAX_ZIP_BYTES:
        raise BadSubmission(path, TOO_LARGE)
    return _opened(path, MAX_ENTRIES)


def collection_on_disk(path: Path) -> ZipFolder:
    """The zip of many submissions as a folder; it stays open, for they are read one by one.

    Raises:
        OSError: it cannot be read.
        BadSubmission: it is no whole zip.
    """
    status = path.stat()
    return _kept_open(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=2)
def _kept_open(path: Path, changed: int, size: int) -> ZipFolder:
    """Its directory takes a second to read. Another time or size means another zip."""
    return _opened(path, MAX_COLLECTION_ENTRIES)


def _opened(path: Path, entries: int) -> ZipFolder:
    """A zip on the disk, which is closed when nothing refers to it."""
    with contextlib.ExitStack() as stack:
        folder = _indexed(stack.enter_context(path.open("rb")), path, entries)
        weakref.finalize(folder.archive, stack.pop_all().close)
        return folder


def zip_in(tree: Tree, name: str) -> ZipFolder:
    """A zip among the files of a folder, wherever that lies, as a folder.

    Raises:
        BadSubmission: it is too large, or no whole zip.
    """
    path = tree.path / name
    content = tree.read(name, MAX_ZIP_BYTES)
    if len(content) > MAX_ZIP_BYTES:
        raise BadSubmission(path, TOO_LARGE)
    return _indexed(io.BytesIO(content), path, MAX_ENTRIES)


def _indexed(file: BinaryIO, path: Path, entries: int) -> ZipFolder:
    """What lies in a zip, with at most so many entries."""
    with _damage_reported(path):
        if not zipfile.is_zipfile(file):
            raise BadSubmission(path, "is neither a folder nor a complete zip; hand it in again")
        archive = zipfile.ZipFile(_Limited(file, entries * DIRECTORY_BYTES_OF_AN_ENTRY))
    listed = archive.infolist()
    if len(listed) > entries:
        raise BadSubmission(path, f"more than {entries:,} entries")
    root = ZipFolder(archive, path)
    for entry in listed:
        root.place(entry)
    return root


class _Limited:
    """A file that refuses large reads: zipfile reads the directory of a zip in one go."""

    def __init__(self, file: BinaryIO, most: int):
        self._file, self._most = file, max(most, CHUNK + 1)
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(self._most + 1 if size < 0 else min(size, self._most + 1))
        if len(content) > self._most:
            raise zipfile.BadZipFile("its directory is too large")
        return content


@contextlib.contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise BadSubmission(path, f"is a damaged zip: {one_line(str(error))}") from None

"""Everything that an artefact holds, one piece after another, however it is wrapped.

A piece is a file, or what a file holds in turn: an entry of a zip or a tar, a string of a notebook
(source, output, metadata, attachment), what a long run of base64 says, the text in a picture. Each
has a place that a person can find again: `student.zip!checkkit/oracles.py`,
`diffusion.ipynb!cells[4].outputs[0].text`.
"""

import base64
import binascii
import bz2
import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

DEEPEST = 8
MOST_BYTES = 400_000_000
MOST_PIECES = 50_000
BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{20,}\s*){6,}={0,2}")
PRINTABLE = re.compile(rb"[\t\x20-\x7e]{10,}")
ZIP = b"PK\x03\x04"
PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
DAMAGED = (OSError, EOFError, ValueError, RuntimeError, lzma.LZMAError, zlib.error)
DAMAGED += (zipfile.BadZipFile, tarfile.TarError)


@dataclass(frozen=True)
class Piece:
    """Some bytes, where they lie, and the name that says what they are."""

    place: str
    name: str  # as a path: "checkkit/report/parts.json"; that of the file around it for its strings
    content: bytes
    closed: str = ""  # why nobody can look into it
    inner: bool = False  # a string of a file, not a file

    @cached_property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()

    @cached_property
    def text(self) -> str:
        """What can be read of it; of a binary file, what stands in it as plain letters."""
        if self.content.startswith((ZIP, *PACKED)):
            return ""  # its entries are pieces of their own
        if self.parsed is not None:
            return ""  # and so are its strings
        if self.content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self.content.decode("utf-16", errors="replace")
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            runs = PRINTABLE.findall(self.content)
            return "\n".join(run.decode("utf-8", errors="replace") for run in runs)

    @cached_property
    def parsed(self) -> Any:
        """What a notebook or another JSON file says; None where it is none."""
        if self.inner or not self.name.lower().endswith((".ipynb", ".json")):
            return None
        try:
            parsed = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return parsed if isinstance(parsed, dict | list) else None

    @cached_property
    def is_text(self) -> bool:
        try:
            return "\0" not in self.content.decode("utf-8")
        except UnicodeDecodeError:
            return False


class Budget:
    """How much is still looked at: a zip may hold more than any disk.

    `known` are digests of what need not be opened.
    """

    def __init__(self, known: Collection[str] = ()) -> None:
        self.bytes, self.pieces, self.known = MOST_BYTES, MOST_PIECES, known

    def spend(self, count: int) -> bool:
        self.bytes -= count
        self.pieces -= 1
        return self.bytes >= 0 and self.pieces >= 0


def pieces_of_folder(
    folder: Path, known: Collection[str] = (), tops: Collection[str] | None = None
) -> Iterator[Piece]:
    """Every piece below a folder; hidden folders too, links as what they are.

    Args:
        folder: what is searched.
        known: digests of files that are not opened.
        tops: the names in the folder that are searched; all of them unless given.
    """
    budget = Budget(known)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if tops is not None and name.partition("/")[0] not in tops:
            continue
        if path.is_symlink():
            yield Piece(name, name, b"", closed="a link, which leads elsewhere")
        elif path.is_file():
            yield from pieces(Piece(name, name, path.read_bytes()), budget)


def pieces(piece: Piece, budget: Budget | None = None, depth: int = 0) -> Iterator[Piece]:
    """The piece itself, and all that it holds."""
    budget = budget or Budget()
    if depth > DEEPEST or not budget.spend(len(piece.content)):
        yield Piece(piece.place, piece.name, b"", closed="nested too deep, or too large altogether")
        return
    yield piece
    if piece.digest in budget.known:
        return
    try:
        for inside in _inside(piece, budget):
            yield from pieces(inside, budget, depth + 1)
    except DAMAGED as error:
        yield Piece(piece.place, piece.name, b"", closed=f"cannot be unpacked: {error}")


def _inside(piece: Piece, budget: Budget) -> Iterator[Piece]:
    content = piece.content
    if content.startswith((ZIP, b"PK\x05\x06")):
        yield from _of_zip(piece, budget)
    elif opener := next((o for magic, o in PACKED.items() if content.startswith(magic)), None):
        with opener(io.BytesIO(content)) as file:
            yield Piece(f"{piece.place}!", _without_suffix(piece.name), _read(file, budget))
    elif content[257:262] == b"ustar":
        yield from _of_tar(piece, budget)
    elif content.startswith((b"\x89PNG", b"GIF8", b"\xff\xd8\xff")):
        with Image.open(io.BytesIO(content)) as picture:
            said = {key: value for key, value in picture.info.items() if isinstance(value, str)}
        for key, value in said.items():
            yield Piece(f"{piece.place}!{key}", piece.name, value.encode(), inner=True)
    elif piece.is_text:
        if piece.parsed is not None:
            yield from _strings(piece.parsed, piece, "")
        else:
            yield from _of_base64(piece)


def _of_zip(piece: Piece, budget: Budget) -> Iterator[Piece]:
    with zipfile.ZipFile(io.BytesIO(piece.content)) as archive:
        if archive.comment:
            yield Piece(f"{piece.place}!(comment)", piece.name, archive.comment, inner=True)
        for entry in archive.infolist():
            place = f"{piece.place}!{entry.filename}"
            if entry.comment:
                yield Piece(f"{place} (comment)", entry.filename, entry.comment, inner=True)
            if (entry.external_attr >> 16) & 0o170000 == 0o120000:
                yield Piece(place, entry.filename, b"", closed="a link, which leads elsewhere")
            elif entry.flag_bits & 1:
                yield Piece(place, entry.filename, b"", closed="encrypted")
            elif not entry.is_dir():
                with archive.open(entry) as file:
                    yield Piece(place, entry.filename, _read(file, budget))


def _of_tar(piece: Piece, budget: Budget) -> Iterator[Piece]:
    with tarfile.open(fileobj=io.BytesIO(piece.content)) as archive:
        for entry in archive:
            place = f"{piece.place}!{entry.name}"
            if entry.isfile() and (file := archive.extractfile(entry)):
                yield Piece(place, entry.name, _read(file, budget))
            elif not entry.isdir():
                yield Piece(place, entry.name, b"", closed="a link, which leads elsewhere")


def _read(file: Any, budget: Budget) -> bytes:
    content = file.read(max(budget.bytes, 0) + 1)
    if len(content) > budget.bytes:
        raise ValueError("too large to look into")
    return content


def _without_suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return stem + ".tar" if suffix == "tgz" else stem if dot else name


def _strings(value: Any, piece: Piece, way: str) -> Iterator[Piece]:
    """Every string of a JSON value; lists of strings, as notebooks keep their lines, as one."""
    if isinstance(value, list) and value and all(isinstance(entry, str) for entry in value):
        value = "".join(value)
    if isinstance(value, str):
        yield Piece(f"{piece.place}!{way.lstrip('.')}", piece.name, value.encode(), inner=True)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if len(key) > 40:
                yield Piece(f"{piece.place}!{way} (a key)", piece.name, key.encode(), inner=True)
            yield from _strings(entry, piece, f"{way}.{key[:40]}")
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            yield from _strings(entry, piece, f"{way}[{at}]")


def _of_base64(piece: Piece) -> Iterator[Piece]:
    """What long runs of base64 say, where that is a file or a text."""
    for found in BASE64.finditer(piece.text):
        run = re.sub(r"\s", "", found[0]).replace("-", "+").replace("_", "/").rstrip("=")
        try:
            content = base64.b64decode(
                run[: len(run) // 4 * 4 + len(run) % 4] + "=" * (-len(run) % 4)
            )
        except (binascii.Error, ValueError):
            continue
        line = piece.text.count("\n", 0, found.start()) + 1
        if content[:2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
            try:
                content = zlib.decompressobj().decompress(content, 50_000_000)
            except zlib.error:
                continue
        yield Piece(f"{piece.place}:{line} (base64)", piece.name, content, inner=True)

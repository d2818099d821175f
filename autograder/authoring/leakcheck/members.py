"""Everything that an artefact holds, one member after another, however it is packed.

A member is a file, or part of one: an entry of a zip or a tar, a string of a notebook (source,
output, metadata, attachment), decoded base64, the text in a picture. Each has a place that a person
can find again: `student.zip!checkkit/oracles.py`, `diffusion.ipynb!cells[4].outputs[0].text`.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

DEEPEST = 8
MOST_BYTES = 400_000_000
MOST_MEMBERS = 50_000
BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{20,}\s*){6,}={0,2}")
PRINTABLE = re.compile(rb"[\t\x20-\x7e]{10,}")
ZIP = b"PK\x03\x04"
A_LINK = "a link, which leads elsewhere"
PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
DAMAGED = (OSError, EOFError, ValueError, RuntimeError, lzma.LZMAError, zlib.error)
DAMAGED += (zipfile.BadZipFile, tarfile.TarError)


@dataclass(frozen=True)
class Member:
    """Some bytes, their place, and the name that tells what they are."""

    place: str
    name: str  # as a path: "checkkit/report/parts.json"; that of the file around it for its strings
    content: bytes
    closed: str = ""  # why nobody can look into it
    inner: bool = False  # a string of a file, not a file

    def string(self, where: str, content: bytes) -> "Member":
        """A string of this member, at `where` in it."""
        return Member(f"{self.place}{where}", self.name, content, inner=True)

    @cached_property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()

    @cached_property
    def text(self) -> str:
        """The readable part; of a binary file, its runs of plain letters."""
        if self.content.startswith((ZIP, *PACKED)) or self.parsed is not None:
            return ""  # its entries or strings are members of their own
        if self.content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self.content.decode("utf-16", errors="replace")
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            runs = PRINTABLE.findall(self.content)
            return "\n".join(run.decode("utf-8", errors="replace") for run in runs)

    @cached_property
    def parsed(self) -> Any:
        """The content of a notebook or another JSON file; None where it is none."""
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
    """How much is still searched: a zip may hold more than any disk.

    `known` are digests of what need not be opened.
    """

    def __init__(self, known: Collection[str] = ()) -> None:
        self.bytes, self.members, self.known = MOST_BYTES, MOST_MEMBERS, known

    def spend(self, count: int) -> bool:
        """Take so many bytes of one member; whether that was left."""
        self.bytes -= count
        self.members -= 1
        return self.bytes >= 0 and self.members >= 0

    def read(self, file: Any) -> bytes:
        """The content of an open file.

        Raises:
            ValueError: it is larger than what is left.
        """
        content = file.read(max(self.bytes, 0) + 1)
        if len(content) > self.bytes:
            raise ValueError("too large to look into")
        return content


def members_of_folder(
    folder: Path, known: Collection[str] = (), tops: Collection[str] | None = None
) -> Iterator[Member]:
    """Every member below a folder; hidden folders too, links as what they are.

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
            yield Member(name, name, b"", closed=A_LINK)
        elif path.is_file():
            yield from members(Member(name, name, path.read_bytes()), budget)


def members(member: Member, budget: Budget, depth: int = 0) -> Iterator[Member]:
    """The member itself, and all that it holds."""
    if depth > DEEPEST or not budget.spend(len(member.content)):
        reason = "nested too deep, or too large altogether"
        yield Member(member.place, member.name, b"", closed=reason)
        return
    yield member
    if member.digest in budget.known:
        return
    try:
        for inside in _inside(member, budget):
            yield from members(inside, budget, depth + 1)
    except DAMAGED as error:
        yield Member(member.place, member.name, b"", closed=f"cannot be unpacked: {error}")


def _inside(member: Member, budget: Budget) -> Iterator[Member]:
    content = member.content
    if content.startswith((ZIP, b"PK\x05\x06")):
        yield from _of_zip(member, budget)
    elif opener := next((o for magic, o in PACKED.items() if content.startswith(magic)), None):
        path = PurePosixPath(member.name)
        name = path.with_suffix(".tar" if path.suffix == ".tgz" else "").as_posix()
        with opener(io.BytesIO(content)) as file:
            yield Member(f"{member.place}!", name, budget.read(file))
    elif content[257:262] == b"ustar":
        yield from _of_tar(member, budget)
    elif content.startswith((b"\x89PNG", b"GIF8", b"\xff\xd8\xff")):
        with Image.open(io.BytesIO(content)) as picture:
            for key, value in picture.info.items():
                if isinstance(value, str):
                    yield member.string(f"!{key}", value.encode())
    elif member.is_text and member.parsed is not None:
        yield from _strings(member.parsed, member, "")
    elif member.is_text:
        yield from _of_base64(member)


def _of_zip(member: Member, budget: Budget) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(member.content)) as archive:
        if archive.comment:
            yield member.string("!(comment)", archive.comment)
        for entry in archive.infolist():
            place, name = f"{member.place}!{entry.filename}", entry.filename
            if entry.comment:
                yield Member(f"{place} (comment)", name, entry.comment, inner=True)
            if stat.S_ISLNK(entry.external_attr >> 16):
                yield Member(place, name, b"", closed=A_LINK)
            elif entry.flag_bits & 1:
                yield Member(place, name, b"", closed="encrypted")
            elif not entry.is_dir():
                with archive.open(entry) as file:
                    yield Member(place, name, budget.read(file))


def _of_tar(member: Member, budget: Budget) -> Iterator[Member]:
    with tarfile.open(fileobj=io.BytesIO(member.content)) as archive:
        for entry in archive:
            place = f"{member.place}!{entry.name}"
            if entry.isfile() and (file := archive.extractfile(entry)):
                yield Member(place, entry.name, budget.read(file))
            elif not entry.isdir():
                yield Member(place, entry.name, b"", closed=A_LINK)


def _strings(value: Any, member: Member, path: str) -> Iterator[Member]:
    """Every string of a JSON value; lists of strings, as notebooks keep their lines, as one."""
    if isinstance(value, list) and value and all(isinstance(entry, str) for entry in value):
        value = "".join(value)
    if isinstance(value, str):
        yield member.string(f"!{path.lstrip('.')}", value.encode())
    elif isinstance(value, dict):
        for key, entry in value.items():
            if len(key) > 40:
                yield member.string(f"!{path} (a key)", key.encode())
            yield from _strings(entry, member, f"{path}.{key[:40]}")
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            yield from _strings(entry, member, f"{path}[{at}]")


def _of_base64(member: Member) -> Iterator[Member]:
    """Long runs of base64, decoded, where that is a file or a text."""
    for found in BASE64.finditer(member.text):
        run = re.sub(r"\s", "", found[0]).replace("-", "+").replace("_", "/").rstrip("=")
        try:
            content = base64.b64decode(run + "=" * (-len(run) % 4))
            if content[:2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
                content = zlib.decompressobj().decompress(content, 50_000_000)
        except (ValueError, zlib.error):
            continue
        line = member.text.count("\n", 0, found.start()) + 1
        yield member.string(f":{line} (base64)", content)

"""Zips that are the same bytes every time: no clock, no order of folders, no file modes of ours.

Nothing is compressed: the same text gives other bytes with another version of zlib, and most of
what is released are digits that are compressed already.
"""

import io
import stat
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from autograder.config.files import write_bytes_whole

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can name
UNIX = 3  # who made it: without this, what modes mean depends on where it was packed


def write_zip(
    path: Path, files: Mapping[str, bytes], executable: Collection[str] = frozenset()
) -> None:
    """Write a zip whole or not at all; its folder is made where it is missing.

    Args:
        path: the zip.
        files: content by name in the zip, "diffusion/ddpm.py"; the order does not matter.
        executable: the names that get mode 0755; all others get 0644.

    Raises:
        ValueError: a name that would leave the folder it is unpacked to, or that stands twice on
            systems that do not tell cases apart; or an executable that is no file of it.
    """
    data = zip_bytes(files, executable)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes_whole(path, data)


def zip_bytes(files: Mapping[str, bytes], executable: Collection[str] = frozenset()) -> bytes:
    """The zip as `write_zip` writes it."""
    _refuse_bad_names(files, executable)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = UNIX
            mode = 0o755 if name in executable else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, files[name], zipfile.ZIP_STORED)
    return buffer.getvalue()


def _refuse_bad_names(files: Mapping[str, bytes], executable: Collection[str]) -> None:
    seen: dict[str, str] = {}
    for name in sorted(files):
        place = PurePosixPath(name)
        if not name or str(place) != name or place.is_absolute() or ".." in place.parts:
            raise ValueError(f"{name!r} is no name for a file in a zip: write it as a/b.py")
        if "\\" in name or ":" in name or not name.isprintable():
            raise ValueError(f"{name!r} has a sign that some systems do not take in a name")
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise ValueError(f"{other} and {name} are one file where cases are not told apart")
    if missing := sorted(set(executable) - set(files)):
        raise ValueError(f"{', '.join(missing)} should be executable, and is no file of the zip")

"""Zips that are the same bytes every time, whatever the clock, the order and the modes of files.

Nothing is compressed: the same text gives other bytes with another version of zlib, and most of
what is released are digits that are compressed already.
"""

import io
import stat
import zipfile
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can name
UNIX = 3  # who made it: without this, what modes mean depends on where it was packed


def zip_bytes(files: Mapping[str, bytes], executable: Collection[str] = frozenset()) -> bytes:
    """A zip of files.

    Args:
        files: content by name in the zip, "diffusion/ddpm.py"; the order does not matter.
        executable: the names that get mode 0755; all others get 0644.

    Raises:
        ValueError: a name that is not safe to unpack, two names that differ in case alone, or an
            executable that is no file of the zip.
    """
    _refuse_bad_names(files, executable)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system = UNIX
            mode = 0o755 if name in executable else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def _refuse_bad_names(files: Mapping[str, bytes], executable: Collection[str]) -> None:
    other_case: dict[str, str] = {}
    for name in sorted(files):
        path = PurePosixPath(name)
        if not name or str(path) != name or path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{name!r} is no name for a file in a zip: write it as a/b.py")
        if "\\" in name or ":" in name or not name.isprintable():
            raise ValueError(f"{name!r} has a sign that some systems do not take in a name")
        if other := other_case.get(name.casefold()):
            raise ValueError(f"{other} and {name} are one file on systems that ignore case")
        other_case[name.casefold()] = name
    if missing := sorted(set(executable) - set(files)):
        raise ValueError(f"{', '.join(missing)} should be executable, and is no file of the zip")

"""Real folders and zips of what students and platforms hand over."""

import io
import zipfile
from pathlib import Path

Entries = dict[str | zipfile.ZipInfo, bytes]


def make_zip(path: Path, entries: Entries, **options) -> Path:
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def zipped(entries: Entries) -> bytes:
    """A zip as a platform packs it into another."""
    content = io.BytesIO()
    make_zip(content, entries)
    return content.getvalue()


def make_folder(path: Path, entries: dict[str, bytes | str]) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in entries.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path

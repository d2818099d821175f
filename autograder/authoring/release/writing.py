"""Writing a release: as a whole, and without deleting what no release has written."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter
from typing_extensions import TypedDict  # on Python 3.11, pydantic needs this one

RECORD = "release.json"
LITTER = {".venv", "__pycache__", ".pytest_cache", ".ipynb_checkpoints", ".DS_Store", ".git"}


class PartRecord(TypedDict):
    """What was released of one part: the profile, and the SHA-256 of each file by its name."""

    profile: str | None
    files: dict[str, str]


Record = dict[str, PartRecord]  # by the name of the part
RECORDS = TypeAdapter(Record)


class CannotWrite(Exception):
    """A release cannot be written; the message says why, and what to do."""


def read_record(folder: Path) -> Record | None:
    """The record of the last release; None where there is none.

    Raises:
        CannotWrite: the record cannot be read.
    """
    try:
        return RECORDS.validate_json((folder / RECORD).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise CannotWrite(f"{folder / RECORD} cannot be read; remove {folder} yourself") from None


def record_of(parts: Mapping[str, Mapping[str, bytes]], profile: str | None) -> Record:
    """The record of these parts, as `read_record` returns it."""
    return {
        part: {
            "profile": profile,
            "files": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
        }
        for part, files in parts.items()
    }


def record_bytes(record: Record) -> bytes:
    """The content of the file with the record."""
    return f"{json.dumps(record, indent=1, sort_keys=True)}\n".encode()


def foreign_files(folder: Path, record: Record, tops: Iterable[str]) -> list[str]:
    """The files at or below these names of the folder that somebody has added or changed."""
    known = {name: digest for part in record.values() for name, digest in part["files"].items()}
    foreign = []
    for top in tops:
        for path in [folder / top, *sorted((folder / top).rglob("*"))]:
            name = path.relative_to(folder)
            if not path.is_file() or LITTER & set(name.parts):
                continue
            if known.get(name.as_posix()) != sha256(path.read_bytes()).hexdigest():
                foreign.append(name.as_posix())
    return foreign


@contextmanager
def beside(final: Path) -> Iterator[Path]:
    """A new folder beside `final`, gone afterwards unless it was put in its place."""
    final.parent.mkdir(parents=True, exist_ok=True)
    _tidy(final)
    new = final.with_name(f".{final.name}.new-{os.getpid()}")
    new.mkdir()
    try:
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


def put_in_place(new: Path, final: Path) -> None:
    """Replace `final` with `new`; where that fails, `final` stays as it was."""
    old = final.with_name(f".{final.name}.old-{os.getpid()}")
    if final.exists():
        final.rename(old)
    try:
        new.rename(final)
    except BaseException:
        if old.exists():
            old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all of them, with the folders around them."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def carry_over(old: Path, new: Path, owned: Iterable[str]) -> None:
    """Copy everything at the top of the old folder except these names."""
    made_anew = {*owned, RECORD}
    for path in sorted(old.iterdir()):
        if path.name in made_anew:
            continue
        if path.is_dir():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


def _tidy(final: Path) -> None:
    """Remove what a killed release has left: half a new folder, or a renamed old one."""
    for path in final.parent.glob(f".{final.name}.*-*"):
        kind, _, number = path.name.removeprefix(f".{final.name}.").partition("-")
        if kind not in ("new", "old") or not number.isdigit() or _lives(int(number)):
            continue
        if kind == "old" and not final.exists():
            path.rename(final)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _lives(process: int) -> bool:
    with suppress(ProcessLookupError):
        with suppress(PermissionError):
            os.kill(process, 0)
        return True
    return False

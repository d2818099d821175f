"""The journal of a folder of results: what has been judged, line after line, never rewritten.

`journal.jsonl` is the one truth about finished submissions; all other files follow from it. Each
line is on the disk before anybody hears of it, so a run that is killed at any moment goes on where
it was. A line that was torn is no line.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

FORMAT = 2
NAME = "journal.jsonl"


class JournalInUse(Exception):
    """Another run writes to the same folder."""


class Journal:
    """Opens, or begins, the journal of a folder; other commands name a file of their own.

    `records` maps keys to what was judged last under each, `reviews` to the key of its review;
    `seed` is that of the latest run. `outdated`: an earlier version of the autograder wrote in it.

    Raises:
        JournalInUse: another process has it open.
        OSError: it can be neither read nor written.
    """

    def __init__(self, folder: Path, name: str = NAME):
        self.path = folder / name
        self.records: dict[str, Mapping[str, Any]] = {}
        self.reviews: dict[str, str] = {}
        self.seed: str | None = None
        self.outdated = False
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise JournalInUse(
                f"{self.path}: another run is writing here; wait for it, or name another --output"
            ) from None
        self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def begin(self, seed: str) -> None:
        """A run begins."""
        self.seed = seed
        self._append({"format": FORMAT, "seed": seed})

    def add(self, key: str, name: str, record: Mapping[str, Any], review: str = "") -> None:
        """Keep a record, with the key of its review; afterwards it is on the disk."""
        self._append({"key": key, "name": name, "record": record, "review": review})
        self.records[key], self.reviews[key] = record, review

    def _append(self, line: Mapping[str, Any]) -> None:
        rest = memoryview(json.dumps(line, allow_nan=False).encode() + b"\n")
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        os.fsync(self._fd)

    def _read(self) -> None:
        whole = 0
        with os.fdopen(os.dup(self._fd), "rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                self._take(line)
        os.ftruncate(self._fd, whole)  # a torn line, or the next one would run into it

    def _take(self, line: bytes) -> None:
        try:
            entry = json.loads(line)
            if "key" in entry:
                key, record, review = entry["key"], entry["record"], entry["review"]
                self.records[key], self.reviews[key] = record, review
            elif entry["format"] == FORMAT:
                self.seed, self.outdated = entry["seed"], False
            else:
                self.outdated = True
        except (ValueError, KeyError, TypeError):
            pass  # torn by a machine that went down: it counts as never written

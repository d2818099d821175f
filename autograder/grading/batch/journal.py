"""The journal of a results folder: one line for each judged submission, never rewritten.

All other files are made from `journal.jsonl`. Each line is on disk before its result is used, so a
run that is killed at any moment can continue. Incomplete lines are ignored.
"""

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from autograder.exit_codes import UserError

FORMAT = 2
NAME = "journal.jsonl"


class JournalInUse(UserError):
    """Another run writes to the same folder."""


class Journal(AbstractContextManager):
    """Opens or creates the journal of a folder.

    `records` maps keys to their last records, `reviews` to the key of their review; `seed` is that
    of the last run, `rows` the rows of its gradebook. `outdated`: an earlier version of the
    autograder wrote it.

    Raises:
        JournalInUse: another process has it open.
        OSError: it cannot be read or written.
    """

    def __init__(self, folder: Path, name: str = NAME):
        self.path = folder / name
        self.records: dict[str, Mapping[str, Any]] = {}
        self.reviews: dict[str, str] = {}
        self.seed: str | None = None
        self.rows: list[str] = []
        self.outdated = False
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise JournalInUse(
                f"{self.path}: another run is writing here; wait for it, or choose another --output"
            ) from None
        self._read()

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def begin(self, seed: str, rows: Sequence[str] = ()) -> None:
        """Note the seed of a new run, and the rows of its gradebook by their keys."""
        self.seed, self.rows = seed, [*rows]
        self._append({"format": FORMAT, "seed": seed, "rows": self.rows})

    def add(self, key: str, name: str, record: Mapping[str, Any], review: str = "") -> None:
        """Write a record, with the key of its review, to the disk."""
        self._append({"key": key, "name": name, "record": record, "review": review})
        self.records[key], self.reviews[key] = record, review

    def _append(self, line: Mapping[str, Any]) -> None:
        rest = memoryview(json.dumps(line, allow_nan=False).encode() + b"\n")
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        os.fsync(self._fd)

    def _read(self) -> None:
        size = 0
        with os.fdopen(os.dup(self._fd), "rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                size += len(line)
                self._parse(line)
        os.ftruncate(self._fd, size)  # or the next line would continue an incomplete one

    def _parse(self, line: bytes) -> None:
        try:
            entry = json.loads(line)
            if "key" in entry:
                key, record, review = entry["key"], entry["record"], entry["review"]
                self.records[key], self.reviews[key] = record, review
            elif entry["format"] == FORMAT:
                self.seed, self.rows, self.outdated = entry["seed"], entry.get("rows", []), False
            else:
                self.outdated = True
        except (ValueError, KeyError, TypeError):
            pass  # damaged when a machine went down; it counts as not written

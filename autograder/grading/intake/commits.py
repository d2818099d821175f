"""When the last commit of a clone was made, as the commit itself says: a hint, no proof.

Students set the times of their commits as they like. A clone's configuration can make git run
programs, so git never reads it: it gets an empty repository, and the objects of the clone.
"""

import os
import re
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from .submission import BadSubmission
from .trees import DiskFolder

MAX_BYTES = 10_000_000  # packed-refs of many branches
MAX_COMMIT_BYTES = 100_000
SECONDS = 10
NAME = re.compile(r"[0-9a-f]{40}")
BRANCH = re.compile(r"ref: (refs/heads/[\w./-]{1,200})\n?", re.ASCII)
COMMITTER = re.compile(rb"^committer .*> (\d{1,11}) ([+-])(\d\d)(\d\d)$", re.MULTILINE)


def last_commit(clone: Path) -> datetime | None:
    """The time of the commit that is checked out; None if it cannot be read."""
    folder = DiskFolder(clone / ".git")
    try:
        if folder.path.name not in DiskFolder(clone).folders:
            return None
        name = _checked_out(folder)
        if name and "objects" in folder.folders:
            return _time_in(_commit(folder.path / "objects", name))
    except (BadSubmission, OSError, subprocess.SubprocessError, ValueError, OverflowError):
        pass
    return None


def _checked_out(folder: DiskFolder) -> str:
    """The name of the commit: in HEAD itself, in the file of its branch, or in packed-refs."""
    head = _text(folder, "HEAD")
    if branch := BRANCH.fullmatch(head):
        *way, last = branch[1].split("/")
        place = folder
        while way and way[0] in place.folders:
            place = place.enter(way.pop(0))
        lines = [] if way else [_text(place, last)]
        packed = _text(folder, "packed-refs").splitlines()
        lines += [line[:40] for line in packed if line[41:] == branch[1]]
        head = next(filter(None, lines), "")
    return head.strip() if NAME.fullmatch(head.strip()) else ""


def _text(folder: DiskFolder, name: str) -> str:
    if name not in folder.files:
        return ""
    return folder.read(name, MAX_BYTES)[:MAX_BYTES].decode(errors="replace")


def _commit(objects: Path, name: str) -> bytes:
    """The beginning of a commit."""
    with tempfile.TemporaryDirectory(prefix="commit-") as empty:
        for inside in ("objects", "refs"):
            (Path(empty) / inside).mkdir()
        (Path(empty) / "HEAD").write_text("ref: refs/heads/main\n")
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": empty,
            "GIT_DIR": empty,
            "GIT_OBJECT_DIRECTORY": str(objects),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
        }
        command = ["git", "cat-file", "commit", name]
        with tempfile.TemporaryFile() as out:
            subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
            )
            out.seek(0)
            return out.read(MAX_COMMIT_BYTES)


def _time_in(commit: bytes) -> datetime | None:
    match = COMMITTER.search(commit.partition(b"\n\n")[0])
    if match is None:
        return None
    offset = timedelta(hours=int(match[3]), minutes=int(match[4]))
    zone = timezone(-offset if match[2] == b"-" else offset)
    return datetime.fromtimestamp(int(match[1]), UTC).astimezone(zone)

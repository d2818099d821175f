"""A user id of its own for every worker: two workers under one uid could kill each other."""

import fcntl
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

from autograder.grading.sandbox.errors import IsolationUnavailable, SandboxError
from autograder.grading.sandbox.janitor import processes_of

# Unused by every distribution (systemd's table of uids) and mapped in containers with 65,536 ids.
FIRST, LAST = 60578, 61183
UID_MAP = Path("/proc/self/uid_map")
LOCKS = (Path("/run/autograder-uids"), Path("/tmp/autograder-uids"))


def claim_uid() -> tuple[int, int]:
    """Find a free uid and lock it; no other process can claim it until the descriptor is closed.

    Returns:
        The uid, and the descriptor of its lock: close it when no process runs under the uid.

    Raises:
        SandboxError: all are taken.
    """
    folder = _lock_folder()
    count = LAST - FIRST + 1
    start = int.from_bytes(os.urandom(4)) % count  # an uncommon uid again soon is best avoided
    for offset in range(count):
        number = FIRST + (start + offset) % count
        lock = os.open(folder / str(number), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _mapped(number) and not _known(number) and not processes_of(number):
                return number, lock
        os.close(lock)
    raise SandboxError(f"no free user id between {FIRST} and {LAST}")


def _mapped(number: int) -> bool:
    """Whether this uid exists in our user namespace; in containers few may."""
    ranges = [map(int, line.split()) for line in UID_MAP.read_text().splitlines()]
    return any(first <= number < first + count for first, _, count in ranges)


def _known(number: int) -> bool:
    try:
        pwd.getpwuid(number)
    except KeyError:
        return False
    return True


def _lock_folder() -> Path:
    for folder in LOCKS:
        with suppress(FileExistsError, OSError):
            folder.mkdir(mode=0o700)
        with suppress(OSError):
            status = folder.lstat()
            ours = status.st_uid == os.geteuid() and not status.st_mode & 0o077
            if stat.S_ISDIR(status.st_mode) and ours and os.access(folder, os.W_OK):
                return folder
    raise IsolationUnavailable("no folder for the locks of user ids can be made")

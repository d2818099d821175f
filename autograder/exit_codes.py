"""The exit codes of every command, and errors that users can correct."""

import errno
from enum import IntEnum

FULL = (errno.ENOSPC, errno.EDQUOT)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


class ExitCode(IntEnum):
    """How a command ended; `meaning` explains it."""

    OK = 0
    FAILED = 1
    BAD_REQUEST = 2
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One line, the same for every command."""
        return {
            ExitCode.OK: "done, no errors (grades and flagged pairs do not matter)",
            ExitCode.FAILED: "done, but errors were found, or nothing could be graded or compared",
            ExitCode.BAD_REQUEST: "not done: a problem with an option, a file or the machine",
            ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
        }[self]


class UserError(Exception):
    """A command cannot run; the message says why, and what the user can do."""


def remedy(error: OSError) -> str:
    """What to do about a full disk, or a place that cannot be read or written; else ""."""
    if error.errno in FULL:
        where = f" that holds {error.filename}" if error.filename else ""
        return f"The disk{where} is full. Free some space and run the same command again."
    if error.errno in CLOSED and error.filename:
        advice = "change its permissions, or choose a folder that you can read and write"
        return f"{error.filename}: {error.strerror}; {advice}"
    return ""


IN_WORDS = "Exit codes: " + "; ".join(f"{code:d} {code.meaning}" for code in ExitCode) + "."

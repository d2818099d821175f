"""The exit codes of every command, and errors that users can correct."""

from enum import IntEnum


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


IN_WORDS = "Exit codes: " + "; ".join(f"{code:d} {code.meaning}" for code in ExitCode) + "."

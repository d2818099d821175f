"""The exit codes of every command, what they mean, and the error that a user can correct."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended; `meaning` says it in words."""

    OK = 0
    FAILED = 1
    BAD_REQUEST = 2
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One line, the same for every command."""
        return {
            ExitCode.OK: "done, and nothing is wrong (grades and flagged pairs do not count)",
            ExitCode.FAILED: "done, and faults were found, or nothing could be graded or compared",
            ExitCode.BAD_REQUEST: "not done: an option, a file or the machine is in the way",
            ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
        }[self]


class UserError(Exception):
    """Why a command cannot do what it was asked to, and what to do about it, in one sentence."""


IN_WORDS = "Exit codes: " + "; ".join(f"{code:d} {code.meaning}" for code in ExitCode) + "."

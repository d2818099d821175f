"""What one worker may use."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """The allowance of one worker; see `isolation` for what enforces each.

    `memory` counts from the moment after torch was imported, for the worker and whatever it starts.
    `reply` bounds the evidence of one run, `output` what is kept of stdout and stderr (the rest is
    read and thrown away). Times are wall time: `start_seconds` until the worker has imported torch;
    the limit of a run comes with the run.
    """

    memory: int = 2048 * MIB
    start_seconds: float = 180.0
    output: int = 4096
    reply: int = 64 * MIB
    file_size: int = 256 * MIB
    processes: int = 64
    open_files: int = 256
    scratch: int = 256 * MIB
    threads: int = 1

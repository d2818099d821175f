"""One worker process as the judge sees it: started, ready, asked, watched, ended."""

import subprocess
from pathlib import Path

from checkkit.runner.outcomes import Crashed, SubmissionProblem
from checkkit.text import printable

from .connection import Connection
from .errors import SandboxError
from .isolation import Isolation
from .launch import launch
from .replies import read_hello
from .resources.limits import MIB, Limits
from .resources.watchdog import memory_of
from .wire import FrameCaps
from .wire.tensors import HEADER_BYTES


class Worker:
    """A process in a cage. It has a submission's folder, but imports it only when a probe does."""

    def __init__(self, submission: Path, isolation: Isolation, limits: Limits, label: str):
        self._limits, self._label = limits, label
        self._cage = isolation.cage(submission, limits)
        try:
            self._process, pipes = launch(self._cage, limits, role="answer")
        except BaseException:
            self._cage.quarters.clear()
            raise
        caps = FrameCaps(header=HEADER_BYTES, body=limits.reply)
        self._connection = Connection(self._process, pipes, caps, limits.output)
        self._ceiling: int | None = None  # bytes of memory, known once torch has been imported

    def ready(self) -> bool:
        """Whether `wait_until_ready` would return, or raise, at once."""
        return self._ceiling is not None or self._connection.has_news()

    def wait_until_ready(self) -> None:
        """Wait until torch has been imported.

        Raises:
            SandboxError: it was not, and the submission had no part in it yet.
        """
        if self._ceiling is not None:
            return
        try:
            hello = read_hello(*self._connection.ask(b"", self._limits.start_seconds))
        except SubmissionProblem as problem:
            words = printable(self._connection.output.decode(errors="replace")[:2000])
            raise SandboxError(
                f"the {self._label} worker did not start: {problem}\n{words}"
            ) from problem
        if hello.base_prefix != self._cage.base_prefix:
            raise SandboxError(
                f"a worker runs the Python of {hello.base_prefix}, not {self._cage.base_prefix}"
            )
        self._ceiling = memory_of(self._process.pid) + self._limits.memory

    def ask(self, request: bytes, seconds: float) -> tuple[bytes, bytes]:
        """Send a request; return header and body of the reply. Raises SubmissionProblem."""
        return self._connection.ask(request, seconds, self._watch)

    def end(self) -> str:
        """Kill all of it and return the last words of stdout and stderr."""
        self._cage.end(self._process.pid)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            raise SandboxError("a worker would not end") from None
        self._connection.close()
        return printable(self._connection.output.decode(errors="replace")[: self._limits.output])

    def _watch(self) -> None:
        assert self._ceiling is not None
        if memory_of(self._process.pid, self._ceiling) > self._ceiling:
            raise Crashed(
                f"the submission used more than {self._limits.memory // MIB} MiB of memory"
            )
        if self._cage.scratch_used() > self._limits.scratch:
            raise Crashed(
                f"the submission left more than {self._limits.scratch // MIB} MiB of files, "
                "or too many"
            )

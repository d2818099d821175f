"""A worker as the judge sees it: a sandboxed process that answers probes within its limits."""

from pathlib import Path

from checkkit.runner.outcomes import Crashed

from .isolation import Isolation
from .process import SandboxedProcess
from .resources.limits import MIB, Limits
from .resources.watchdog import memory_of
from .wire import FrameCaps
from .wire.tensors import HEADER_BYTES


class Worker(SandboxedProcess):
    """It has a submission's folder, but imports the submission only when a probe does."""

    def __init__(self, submission: Path, isolation: Isolation, limits: Limits):
        caps = FrameCaps(header=HEADER_BYTES, body=limits.reply)
        super().__init__(submission, isolation, limits, caps, role="answer")
        self._ceiling: int | None = None  # bytes of memory, known once torch has been imported

    def ready(self) -> bool:
        """Whether `wait_until_ready` would return, or raise, at once."""
        return self._ceiling is not None or self.has_news()

    def wait_until_ready(self) -> None:
        """Wait until torch has been imported.

        Raises:
            SandboxError: it was not, and the submission had no part in it yet.
        """
        if self._ceiling is None:
            self.first_message("hello", self._limits.start_seconds)
            self._ceiling = memory_of(self.pid) + self._limits.memory

    def check_limits(self) -> None:
        """Raise `Crashed` if the worker uses more memory or disk than it may."""
        limits, ceiling = self._limits, self._ceiling
        assert ceiling is not None
        if memory_of(self.pid, ceiling) > ceiling:
            raise Crashed(f"the submission used more than {limits.memory // MIB} MiB of memory")
        if self.scratch_used() > limits.scratch:
            raise Crashed(
                f"the submission left more than {limits.scratch // MIB} MiB of files, or too many"
            )

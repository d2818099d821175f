"""A worker as the judge sees it: a sandboxed process that answers probes within its limits."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from checkkit.runner.outcomes import Crashed

from .isolation import Isolation
from .process import SandboxedProcess
from .resources.limits import MIB, Limits
from .resources.watchdog import memory_of, trees_of
from .wire import FrameCaps
from .wire.tensors import HEADER_BYTES


class Worker(SandboxedProcess):
    """It has a submission's folder, but imports the submission only when a probe does."""

    _living: ClassVar[set["Worker"]] = set()  # those whose limits are known

    def __init__(self, submission: Path, isolation: Isolation, limits: Limits):
        caps = FrameCaps(header=HEADER_BYTES, body=limits.reply)
        super().__init__(submission, isolation, limits, caps, role="answer")
        self._ceiling: int | None = None  # bytes of memory, known once torch has been imported
        self._excess = ""  # which limit it was killed for

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
            self._ceiling = memory_of(trees_of([self.pid])[0]) + self._limits.memory
            self._living.add(self)

    def ask(
        self, request: bytes, seconds: float, tick: Callable[[], None] = lambda: None
    ) -> tuple[bytes, bytes]:
        """Send a frame, return header and body of the reply; see `Connection.ask`.

        Raises:
            Crashed: the worker has been killed because it used more than it may.
        """
        if self._excess:
            raise Crashed(self._excess)
        return super().ask(request, seconds, tick)

    def check_limits(self) -> None:
        """Kill each worker of this judge that uses more memory or disk than it may.

        Also those that nobody asks at the moment: what they started before still runs.

        Raises:
            Crashed: this worker is one of them.
        """
        living = tuple(self._living)
        for worker, tree in zip(living, trees_of([one.pid for one in living]), strict=True):
            worker._excess = worker._exceeded(tree)
            if worker._excess:
                self._living.discard(worker)
                worker.kill()
        if self._excess:
            raise Crashed(self._excess)

    def end(self) -> str:
        """Kill all of it and return the end of its output."""
        self._living.discard(self)
        return super().end()

    def _exceeded(self, tree: Sequence[int]) -> str:
        """Which limit the worker exceeds with these processes, or nothing."""
        limits, ceiling = self._limits, self._ceiling
        assert ceiling is not None
        if memory_of(tree, ceiling) > ceiling:
            return f"the submission used more than {limits.memory // MIB} MiB of memory"
        if self.scratch_used(tree) > limits.scratch:
            return (
                f"the submission left more than {limits.scratch // MIB} MiB of files, or too many"
            )
        return ""

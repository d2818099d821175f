"""A process in a sandbox, and its pipes: workers, the self-test, readers of source."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from checkkit.runner.outcomes import SubmissionProblem
from checkkit.text import printable

from .connection import Connection
from .errors import SandboxError
from .interpreter import package_paths
from .isolation import Confinement, Isolation
from .judge_folder import stage
from .replies import read_message
from .resources.limits import Limits
from .resources.worker import reserve
from .wire import FrameCaps

START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from sandbox.worker.main import main; main(sys.argv[2])"
)

# Bubblewrap dies with the *thread* that started it, so that thread must be one that stays.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-spawner")


class SandboxedProcess:
    """A process confined by an isolation. It has a copy of the submission, and runs `worker.main`.

    `settings` are added to those that the process is started with.
    """

    def __init__(
        self,
        submission: Path,
        isolation: Isolation,
        limits: Limits,
        caps: FrameCaps,
        **settings: Any,
    ):
        self._isolation, self._limits = isolation, limits
        self._resources = reserve(limits, isolation.own_uid)
        try:
            staged = stage(submission, self._resources.folder)
            self._confinement = isolation.confine(self._resources, staged, limits)
            self._start(self._confinement, caps, settings)
            isolation.started(self.pid)
        except BaseException:
            self._resources.release()
            raise

    def _start(self, confinement: Confinement, caps: FrameCaps, settings: dict[str, Any]) -> None:
        """Start it with two pipes for messages and one for its stdout and stderr."""
        limits = self._limits
        request_fd, request = os.pipe()
        reply, reply_fd = os.pipe()
        output, output_fd = os.pipe()
        inherited = [request_fd, reply_fd, *confinement.descriptors]
        settings = {
            "request_fd": request_fd,
            "reply_fd": reply_fd,
            "payload": confinement.payload,
            "submission": confinement.submission,
            "scratch": confinement.scratch,
            "packages": [str(path) for path in package_paths()],
            "threads": limits.threads,
            "memory": limits.memory,
            "rlimits": {
                "FSIZE": limits.file_size,
                "NOFILE": limits.open_files,
                "NPROC": limits.processes,
                "CORE": 0,
            },
            **confinement.settings,
            **settings,
        }
        # -I: nothing of the environment or the working directory; -B: no byte code is written.
        python = [confinement.interpreter, "-I", "-B", "-c", START, confinement.payload]
        try:
            process = _spawner.submit(
                subprocess.Popen,
                [*confinement.command, *python, json.dumps(settings)],
                stdin=subprocess.DEVNULL,
                stdout=output_fd,
                stderr=output_fd,
                pass_fds=inherited,
                env=confinement.env,
                cwd=Path("/"),
                start_new_session=True,
            ).result()
        finally:
            for descriptor in (*inherited, output_fd):
                os.close(descriptor)
        self._connection = Connection(process, request, reply, output, caps, limits.output)
        self._process, self.pid = process, process.pid

    def first_message(self, kind: str, seconds: float) -> dict[str, Any]:
        """What the process says by itself once it has started.

        Raises:
            SandboxError: it says something else, or nothing; the submission has no part in it yet.
        """
        expected = self._confinement.base_prefix
        try:
            message = read_message(*self.ask(b"", seconds), kind)
        except SubmissionProblem as problem:
            output = printable(self._connection.output.decode(errors="replace")[:2000])
            raise SandboxError(f"the process did not start: {problem}\n{output}") from problem
        if message.get("base_prefix") != expected:
            raise SandboxError(f"a worker runs another Python than that of {expected}")
        return message

    def has_news(self) -> bool:
        """Whether it has written something that is not yet read, or has ended."""
        return self._connection.has_news()

    def ask(
        self, request: bytes, seconds: float, tick: Callable[[], None] = lambda: None
    ) -> tuple[bytes, bytes]:
        """Send a frame, return header and body of the reply; see `Connection.ask`."""
        return self._connection.ask(request, seconds, tick)

    def scratch_used(self, tree: Sequence[int]) -> int:
        """Bytes in the scratch space of its processes, where nothing else bounds them."""
        return self._isolation.scratch_used(self._confinement, tree)

    def kill(self) -> None:
        """Kill all of it."""
        self._isolation.kill(self.pid)
        self._resources.kill()

    def end(self) -> str:
        """Kill all of it and return the end of its output."""
        self._isolation.kill(self.pid)
        self._resources.release()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            raise SandboxError("a worker would not end") from None
        self._connection.close()
        return printable(self._connection.output.decode(errors="replace")[: self._limits.output])

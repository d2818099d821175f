"""The sandboxed runner: what a check calls, as it would call the local one."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from checkkit.runner.evidence import Returns
from checkkit.runner.missing import Stubs
from checkkit.runner.names import Names
from checkkit.runner.outcomes import ProtocolBroken, SubmissionProblem, TimedOut
from checkkit.runner.probes import probe_source

from .errors import SandboxError
from .imports import Imports, modules_of
from .isolation import Isolation
from .replies import evidence_of, read_reply
from .resources.limits import Limits
from .wire import pack
from .worker_process import Worker


def request_for(
    probe: Callable,
    token: str,
    seed: int,
    inputs: dict[str, Any],
    names: Names | None = None,
    stubs: Stubs | None = None,
) -> bytes:
    """What the worker is sent of one run of a probe, in a course with names of its own or not."""
    closed = probe_source(probe)
    return pack(
        {
            "token": token,
            "probe": {"name": closed.name, "source": closed.source, "imports": closed.imports},
            "seed": seed,
            "inputs": inputs,
            "names": dict(names or {}),
            "stubs": {module: dict(of) for module, of in (stubs or {}).items()},
        }
    )


class SandboxedRunner:
    """Runs probes on the package `diffusion` of a folder, in a worker that nobody trusts.

    A worker lives until it crashes, exceeds a limit or breaks the protocol; the next run gets a
    fresh one. `complaints` (switches of torch that the submission flipped), `outputs` (the end of
    what it printed, per worker) are the submission's words: for staff, and never of a hidden
    worker's.
    """

    def __init__(
        self,
        submission: Path,
        isolation: Isolation,
        limits: Limits | None = None,
        label: str = "worker",
        names: Names | None = None,
        stubs: Stubs | None = None,
    ):
        self._submission, self._isolation = submission, isolation
        self._label, self._limits = label, limits or Limits()
        self._worker: Worker | None = None
        self._imports = Imports()
        self._lost = False  # the submission ended the last worker
        self._limit = self._left = 0.0  # seconds of the present run
        self.names: Names = names or {}
        self._stubs: Stubs = stubs or {}
        self.complaints: list[str] = []
        self.outputs: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start a worker if there is none, without waiting for it to be ready."""
        if self._worker is None:
            self._worker = Worker(self._submission, self._isolation, self._limits)

    def ready(self) -> bool:
        """Whether there is a worker that has started."""
        return self._worker is not None and self._worker.ready()

    def wait(self) -> None:
        """Wait for a worker, but not for one in place of a worker that the submission ended.

        The next run waits for that, so that its start takes time of the submission.

        Raises:
            SandboxError: no worker could be started.
        """
        if not self._lost:
            self._ready()

    def run(
        self,
        probe: Callable,
        *,
        returns: Returns,
        seed: int = 0,
        time_limit: float = 60,
        **inputs: Any,
    ) -> dict:
        """Run `probe(diffusion, **inputs)` beside the submission; return its evidence.

        Args:
            time_limit: seconds for it and for the imports that it needs.

        Raises:
            CheckFailed: the evidence is not of the declared kind.
            SubmissionProblem: there is no evidence: nothing was attempted, the submission raised an
                exception, took too long, crashed, or broke the protocol.
            SandboxError: no worker could be started.
        """
        self._limit = self._left = time_limit
        self._imports.make(modules_of(probe_source(probe).source, inputs), self._ask)
        return self._ask(probe, returns, seed, inputs)

    def renew(self) -> None:
        """End the worker: the next run gets a new one, with nothing that this one knows."""
        self.close()

    def _ask(self, probe: Callable, returns: Returns, seed: int, inputs: dict) -> dict:
        token = secrets.token_hex(16)
        request = request_for(probe, token, seed, inputs, self.names, self._stubs)
        worker, start = self._ready(), time.monotonic()
        try:
            reply = read_reply(*worker.ask(request, self._left, worker.check_limits), token)
        except SubmissionProblem as problem:
            self._lose()
            if isinstance(problem, TimedOut):  # the whole limit, not what imports left of it
                problem = TimedOut(f"no answer within {round(self._limit, 1):g} seconds")
            raise problem from None
        finally:
            self._left -= time.monotonic() - start
        for name in reply.changed:
            if (complaint := f"the submission changed {name}") not in self.complaints:
                self.complaints.append(complaint)
        try:
            return evidence_of(reply, returns)
        except ProtocolBroken:
            self._lose()
            raise

    def _lose(self) -> None:
        self.close()
        self._lost = True

    def close(self) -> None:
        """End the worker and everything that it started."""
        self._lost = False
        if self._worker is not None:
            worker, self._worker = self._worker, None
            self._imports.forget()
            self.outputs.append(worker.end())

    def _ready(self) -> Worker:
        self.start()
        assert self._worker is not None
        try:
            self._worker.wait_until_ready()
        except SandboxError as error:
            self.close()
            raise SandboxError(f"the {self._label} worker: {error}") from error
        return self._worker

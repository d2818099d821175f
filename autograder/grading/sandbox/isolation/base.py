"""What every isolation offers: how a worker is confined, watched and killed."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from autograder.grading.sandbox.resources.limits import Limits
from autograder.grading.sandbox.resources.worker import WorkerResources

MOST_FILES = 20_000  # small files without end use up memory, or a disk, as well as large ones


@dataclass(frozen=True)
class Confinement:
    """How one worker is confined.

    `command` is put before the interpreter's own arguments; `payload`, `submission` and `scratch`
    are paths as the worker sees them. `settings` go to the worker, which locks itself in by them.
    `descriptors` are inherited, and closed here once the worker has been started.
    """

    command: list[str]
    interpreter: str
    payload: str
    submission: str
    scratch: str
    env: dict[str, str]
    base_prefix: str
    settings: dict[str, Any] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()


class Isolation:
    """A way to confine workers."""

    name: ClassVar[str]
    of_record: ClassVar[bool] = True  # may the grades of a run under it count?
    lends_gpu: ClassVar[bool] = False  # no sandbox has been tried with a GPU in it
    own_uid: bool = False  # does each worker get a user id of its own?

    def prepare(self) -> None:
        """Find out whether this can work here, before the self-test tries it.

        Raises:
            IsolationUnavailable: it cannot.
        """

    def confine(self, resources: WorkerResources, submission: Path, limits: Limits) -> Confinement:
        """How to confine a worker whose submission has been copied into its resources."""
        raise NotImplementedError

    def started(self, pid: int) -> None:
        """Take note of the first process of a worker."""

    def scratch_used(self, confinement: Confinement, tree: Sequence[int]) -> int:
        """Bytes in the scratch space of a worker, where nothing else bounds them."""
        return 0

    def kill(self, pid: int) -> None:
        """Kill a worker by its first process."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def environment(scratch: str, threads: int) -> dict[str, str]:
    """All that a worker finds in its environment: nothing of the judge's."""
    return {
        "HOME": scratch,
        "TMPDIR": scratch,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "student",
        "LOGNAME": "student",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin for work slow a busy machine tenfold
        "MKL_NUM_THREADS": str(threads),
    }

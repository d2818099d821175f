"""What every isolation offers: a cage for one worker, made ready, described and ended."""

import os
import signal
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from autograder.grading.sandbox.judge_folder import stage
from autograder.grading.sandbox.resources.limits import Limits
from autograder.grading.sandbox.resources.quarters import Quarters, occupy


@dataclass
class Cage:
    """The confinement of one worker.

    `command` is put before the interpreter's own arguments; `harness`, `submission` and `scratch`
    are paths as the worker sees them. `settings` go to the worker, which locks itself in by them.
    `descriptors` are inherited and closed here once the worker has been started.
    """

    quarters: Quarters
    command: list[str]
    interpreter: str
    harness: str
    submission: str
    scratch: str
    env: dict[str, str]
    packages: list[str]
    base_prefix: str
    settings: dict[str, Any] = field(default_factory=dict)
    descriptors: list[int] = field(default_factory=list)

    def started(self, pid: int) -> None:
        """Take note of the cage's first process."""

    def scratch_used(self) -> int:
        """Bytes in the scratch space, where nothing else bounds them."""
        return 0

    def end(self, pid: int) -> None:
        """Kill everything in the cage, whose first process is `pid`, and clear its quarters."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.quarters.clear()


MOST_FILES = 20_000  # small files without end use up memory, or a disk, as well as large ones


class Isolation(ABC):
    """A way to confine workers."""

    name: ClassVar[str]
    of_record: ClassVar[bool] = True  # may the grades of a run under it count?
    lends_gpu: ClassVar[bool] = False  # no cage has been tried with a GPU in it

    @abstractmethod
    def prepare(self) -> None:
        """Find out whether this can work here, before the self-test tries it.

        Raises:
            IsolationUnavailable: it cannot.
        """

    def cage(self, submission: Path, limits: Limits) -> Cage:
        """A new cage around the submission in a folder that holds `diffusion/`."""
        quarters = occupy(limits, self.own_uid)
        try:
            return self._cage(quarters, stage(submission, quarters.folder), limits)
        except BaseException:
            quarters.clear()
            raise

    @property
    @abstractmethod
    def own_uid(self) -> bool:
        """Whether each worker gets a user id of its own."""

    @abstractmethod
    def _cage(self, quarters: Quarters, submission: Path, limits: Limits) -> Cage:
        """The cage around a submission that has been copied into the quarters."""


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

"""What every isolation offers: a cage for one worker, made ready, described and ended."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from ..limits import Limits


class SandboxError(RuntimeError):
    """The sandbox itself does not work; never the submission's fault."""


class IsolationUnavailable(SandboxError):
    """This isolation cannot be had on this machine; the message says why."""


@dataclass
class Cage:
    """The confinement of one worker.

    `command` is put before the interpreter's own arguments; `harness`, `submission` and `scratch`
    are paths as the worker sees them. `settings` go to the worker, which locks itself in by them.
    `descriptors` are inherited and closed here once the worker has been started.
    """

    command: list[str]
    interpreter: str
    harness: str
    submission: str
    scratch: str
    env: dict[str, str]
    packages: list[str]
    base_prefix: str
    uid: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    descriptors: list[int] = field(default_factory=list)

    def scratch_used(self) -> int:
        """Bytes in the scratch space, where nothing else bounds them."""
        return 0

    def end(self, pid: int) -> None:
        """Kill everything in the cage, whose first process is `pid`, and release what it held."""


class Isolation(ABC):
    """A way to confine workers."""

    name: ClassVar[str]
    of_record: ClassVar[bool] = True  # may the grades of a run under it count?

    @abstractmethod
    def prepare(self) -> None:
        """Find out whether this can work here, before the self-test tries it.

        Raises:
            IsolationUnavailable: it cannot.
        """

    @abstractmethod
    def cage(self, submission: Path, limits: Limits, label: str) -> Cage:
        """A new cage around the submission in a folder that holds `diffusion/`."""


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
        "MKL_NUM_THREADS": str(threads),
    }

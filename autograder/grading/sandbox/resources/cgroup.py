"""A control group of its own for a worker, where the judge may make one: memory and processes.

What the watchdog samples and rlimits count one process at a time, a control group bounds in every
moment and in sum. Containers usually show the file system of control groups read-only; then there
is none, and those two must do.
"""

import contextlib
import itertools
import os
from pathlib import Path

from checkkit.runner.machine import own_group, unified

from .limits import MIB, Limits

HEADROOM = 1024 * MIB  # for the import of torch; `Limits.memory` counts from after it
# The shell that becomes the worker joins the groups first, so that nothing starts outside them.
JOIN = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done; shift; exec "$@"'

_numbers = itertools.count(1)


class ControlGroup:
    """One folder (version 2) or one for each controller (version 1)."""

    def __init__(self, folders: list[Path]):
        self.folders = folders

    def command(self) -> list[str]:
        """What to put before a command so that it runs in the group."""
        joined = [str(folder / "cgroup.procs") for folder in self.folders]
        return ["sh", "-c", JOIN, "sh", *joined, "--"]

    def remove(self) -> None:
        """Remove the group; all its processes must have ended."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                folder.rmdir()


def make_group(limits: Limits, headroom: int = HEADROOM) -> ControlGroup | None:
    """A group with these limits; None where the judge may not make one."""
    name = f"autograder-{os.getpid()}-{next(_numbers)}"
    memory, processes = limits.memory + headroom, limits.processes + 4  # bubblewrap's and setpriv's
    group = ControlGroup([])
    try:
        if unified():
            _make(group, second_version() / name, {"memory.max": memory, "pids.max": processes})
            with contextlib.suppress(OSError):  # no swap, no such file
                (group.folders[0] / "memory.swap.max").write_text("0")
        else:
            _make(group, own_group("memory") / name, {"memory.limit_in_bytes": memory})
            _make(group, own_group("pids") / name, {"pids.max": processes})
    except OSError:
        group.remove()
        return None
    return group


def _make(group: ControlGroup, folder: Path, settings: dict[str, int]) -> None:
    folder.mkdir()
    group.folders.append(folder)
    for file, value in settings.items():
        # "r+": a missing file must not be taken for one that could be made.
        with (folder / file).open("r+") as setting:
            setting.write(str(value))


def second_version() -> Path:
    """The nearest group above the judge that hands memory and processes down to its children.

    The judge's own group cannot: one that holds processes has no children with limits.
    """
    own = own_group("memory")
    for folder in (own, own.parent):
        with contextlib.suppress(OSError):
            if {"memory", "pids"} <= set((folder / "cgroup.subtree_control").read_text().split()):
                return folder
            (folder / "cgroup.subtree_control").write_text("+memory +pids")
            return folder
    raise FileNotFoundError("no control groups to hand down")

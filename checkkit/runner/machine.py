"""How much of the machine this process may use: containers often give a share of one.

Linux bounds a process by its own control group and by every group above it. Version 1 has a tree
of groups for each controller, version 2 has one tree for all.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T", int, float)
# Bytes. A judge, a worker that trains and an idle one hold 800 MiB with torch for CPUs; its build
# for GPUs takes three times as much in each process.
SCARCE = 1536 * 2**20
GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")  # lines such as 4:cpu,cpuacct:/a/b, in version 2 one: 0::/a/b


def processors(groups: Path = GROUPS, own: Path = OWN) -> float:
    """How many processors the scheduler and the control groups allow; 0.5 is half of one."""
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    bounds = _bounds("cpu", _quota, groups, own)
    return min([float(able or 1), *bounds])


def memory(groups: Path = GROUPS, own: Path = OWN) -> int:
    """Bytes that this process and all beside it in its control group may use together."""
    bounds = _bounds("memory", _most, groups, own)
    return min([os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *bounds])


def unified(groups: Path = GROUPS) -> bool:
    """Whether the control groups are of version 2."""
    return (groups / "cgroup.controllers").exists()


def own_group(controller: str, groups: Path = GROUPS, own: Path = OWN) -> Path:
    """The folder of this process's control group; in version 2 the same for every controller.

    Raises:
        OSError: there is none.
    """
    tree = groups if unified(groups) else groups / controller
    for line in own.read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(",") or (not names and unified(groups)):
            folder = tree / path.lstrip("/")
            return folder if folder.is_dir() else tree  # seen from inside a container
    raise FileNotFoundError(f"no control group for {controller}")


def _bounds(controller: str, read: Callable[[Path], T], groups: Path, own: Path) -> Iterator[T]:
    """What the own group and every group above it allow; nothing from those that bound nothing."""
    with suppress(OSError, ValueError):
        group = own_group(controller, groups, own)
        for folder in (group, *group.parents):
            if not folder.is_relative_to(groups):
                return
            with suppress(OSError, ValueError):  # no such file, or it says "max"
                yield read(folder)


def _quota(group: Path) -> float:
    if (group / "cpu.max").exists():
        quota, period = map(int, (group / "cpu.max").read_text().split())
    else:
        quota = int((group / "cpu.cfs_quota_us").read_text())
        period = int((group / "cpu.cfs_period_us").read_text())
    if quota <= 0 or period <= 0:
        raise ValueError("no bound")
    return quota / period


def _most(group: Path) -> int:
    for name in ("memory.max", "memory.limit_in_bytes"):
        if (group / name).exists():
            return int((group / name).read_text())
    raise ValueError("no bound")

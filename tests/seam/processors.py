"""How much of a machine's processors this process may use; containers often give a share of one."""

import os
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")


def processors() -> float:
    """So many, as a container's control group or the scheduler bound them; 0.5 is half of one."""
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    bounds = [float(able or 1)]
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((GROUPS / name).read_text() for name in files).split()
            bounds += [int(quota) / int(period)] if int(quota) > 0 else []
        except (OSError, ValueError):  # no such group, or it says "max"
            continue
    return min(bounds)

"""How much memory the processes of a worker hold, shared memory included.

RLIMIT_DATA bounds private memory of one process; mappings that are shared, and children, escape it.
RssAnon + RssShmem over the process tree counts them all.
"""

import os
from contextlib import suppress
from pathlib import Path


def memory_of(root: int) -> int:
    """Bytes held by the process `root` and all below it."""
    held, parents = {}, {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names, not paths
        if entry.isdigit():
            with suppress(OSError, ValueError):
                held[int(entry)], parents[int(entry)] = _status(entry)
    return sum(amount for pid, amount in held.items() if _below(pid, root, parents))


def _below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid > 1 and pid != root:
        pid = parents.get(pid, 0)
    return pid == root


def _status(pid: str) -> tuple[int, int]:
    held = parent = 0
    for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
        if line.startswith(("RssAnon:", "RssShmem:")):
            held += int(line.split()[1]) * 1024
        elif line.startswith("PPid:"):
            parent = int(line.split()[1])
    return held, parent

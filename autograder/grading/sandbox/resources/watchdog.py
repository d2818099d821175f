"""How much memory the processes of a worker hold, shared memory included.

RLIMIT_DATA bounds private memory of one process; mappings that are shared, and children, escape it.
RssAnon + RssShmem over the process tree counts them all, but counts a page once for every process
that shares it, as children do after a fork. So where the sum looks too large, it is taken again
from the proportional figures, which cost more and which only some may read. The kernel's own memory
counts too where a process can make much of it: page tables, and what waits in sockets.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

RESIDENT = ("RssAnon:", "RssShmem:")  # of status
PAGE_TABLES = ("VmPTE:",)
PROPORTIONAL = ("Pss_Anon:", "Pss_Shmem:")  # of smaps_rollup
SOCKET = 2 * 212_992  # bytes that wait in one at most: twice net.core.wmem_max, as it usually is


def memory_of(tree: Sequence[int], ceiling: float = 0) -> int:
    """Bytes held by these processes; exact only above `ceiling`."""
    held = sum(map(_resident, tree))
    return sum(map(_proportional, tree)) if held > ceiling else held


def trees_of(roots: Sequence[int]) -> list[list[int]]:
    """Each of these processes with all below it, from one look at all processes.

    Nothing on systems without /proc, where only trusted code runs.
    """
    parents = {}
    with suppress(OSError):
        for entry in os.listdir("/proc"):  # noqa: PTH208 - names, not paths
            if entry.isdigit():
                with suppress(OSError, ValueError, IndexError):
                    # pid (name, which may hold anything) state parent ...
                    parents[int(entry)] = int(_read(entry, "stat").rpartition(")")[2].split()[1])
    return [[pid for pid in parents if _below(pid, root, parents)] for root in roots]


def _below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid > 1 and pid != root:
        pid = parents.get(pid, 0)
    return pid == root


def _resident(pid: int) -> int:
    with suppress(OSError):
        return _kilobytes(_read(pid, "status"), RESIDENT + PAGE_TABLES) + _in_sockets(pid)
    return 0


def _proportional(pid: int) -> int:
    with suppress(OSError):
        pages = _kilobytes(_read(pid, "smaps_rollup"), PROPORTIONAL)
        return pages + _kilobytes(_read(pid, "status"), PAGE_TABLES) + _in_sockets(pid)
    return _resident(pid)


def _in_sockets(pid: int) -> int:
    """What may wait in the sockets of a process; 0 where the judge may not look at them."""
    with suppress(OSError):
        links = (os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH115, PTH208
        return SOCKET * sum(link.startswith("socket:") for link in links)
    return 0


def _kilobytes(text: str, fields: tuple[str, ...]) -> int:
    """The sum of these fields, which the kernel gives in kilobytes, in bytes."""
    lines = [line for line in text.splitlines() if line.startswith(fields)]
    return sum(int(line.split()[1]) for line in lines) * 1024


def _read(pid: int | str, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(errors="replace")

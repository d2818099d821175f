"""Control groups of a container: its memory, its share of a processor, and what it used of both."""

import contextlib
import itertools
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from autograder.grading.sandbox.resources.cgroup import second_version
from checkkit.runner.machine import GROUPS, own_group, unified

PERIOD = 100_000  # microseconds
HELD = {"memory": ("total_rss", "total_shmem"), "unified": ("anon", "shmem")}
_numbers = itertools.count(1)


@dataclass
class Groups:
    """Folders by controller; none where this machine lets us make none, and nothing is bounded."""

    folders: dict[str, Path] = field(default_factory=dict)
    peak: int = 0

    @classmethod
    def made(cls, memory: int, cpus: float) -> Self:
        """Groups with these limits, in bytes and in processors."""
        groups = cls()
        try:
            if unified():
                groups._second_version(memory, cpus)
            else:
                groups._first_version(memory, cpus)
        except OSError:
            groups.remove()
        return groups

    def _first_version(self, memory: int, cpus: float) -> None:
        for name in ("memory", "cpu", "cpuacct"):
            self._make(name, own_group(name))
        _write(self.folders["memory"] / "memory.limit_in_bytes", memory)
        with contextlib.suppress(OSError):  # where swap is counted at all
            _write(self.folders["memory"] / "memory.memsw.limit_in_bytes", memory)
        _write(self.folders["cpu"] / "cpu.cfs_period_us", PERIOD)
        _write(self.folders["cpu"] / "cpu.cfs_quota_us", int(cpus * PERIOD))

    def _second_version(self, memory: int, cpus: float) -> None:
        above = second_version()
        with contextlib.suppress(OSError):
            (above / "cgroup.subtree_control").write_text("+cpu")
        self._make("unified", above)
        _write(self.folders["unified"] / "memory.max", memory)
        with contextlib.suppress(OSError):
            _write(self.folders["unified"] / "memory.swap.max", 0)
        _write(self.folders["unified"] / "cpu.max", f"{int(cpus * PERIOD)} {PERIOD}")

    def _make(self, name: str, above: Path) -> None:
        folder = above / f"gradescope-{os.getpid()}-{next(_numbers)}"
        folder.mkdir()
        self.folders[name] = folder

    @property
    def bounded(self) -> bool:
        """Whether memory and processors are limited here."""
        return bool(self.folders)

    def shown(self) -> tuple[tuple[str, str], ...]:
        """Each folder, and where the container sees it."""
        if "unified" in self.folders:
            return ((str(self.folders["unified"]), str(GROUPS)),)
        return tuple((str(folder), str(GROUPS / name)) for name, folder in self.folders.items())

    def sample(self) -> None:
        """Look how much memory is held that cannot be given back: what files cache is not in it."""
        for name, wanted in (
            ("memory", ("total_rss", "total_shmem")),
            ("unified", ("anon", "shmem")),
        ):
            if name in self.folders:
                found = _numbers_in(self.folders[name] / "memory.stat")
                self.peak = max(self.peak, sum(found.get(key, 0) for key in wanted))

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        if "cpuacct" in self.folders:
            return int((self.folders["cpuacct"] / "cpuacct.usage").read_text()) / 1e9
        if "unified" in self.folders:
            return _numbers_in(self.folders["unified"] / "cpu.stat")["usage_usec"] / 1e6
        return 0.0

    def kills(self) -> int:
        """How many processes were killed because memory had run out."""
        file = {"memory": "memory.oom_control", "unified": "memory.events"}
        found = [_numbers_in(self.folders[n] / file[n]) for n in file if n in self.folders]
        return sum(one.get("oom_kill", 0) for one in found)

    def remove(self) -> None:
        """Remove them; processes that still end are waited for a little."""
        for folder in self.folders.values():
            for _ in range(50):
                try:
                    folder.rmdir()
                    break
                except OSError:
                    time.sleep(0.1)
        self.folders.clear()


def _write(path: Path, value: object) -> None:
    with path.open("r+") as file:  # a missing file must not be taken for one that could be made
        file.write(str(value))


def _numbers_in(path: Path) -> dict[str, int]:
    with contextlib.suppress(OSError):
        pairs = (line.split() for line in path.read_text().splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
    return {}

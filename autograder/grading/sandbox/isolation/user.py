"""For root without the right to make namespaces, as in an ordinary container: a uid per worker.

The worker runs as a uid that nobody else has, without capabilities and privileges to gain, behind
the system-call filter; where the kernel has Landlock, it sees only the paths that bubblewrap would
show. Nothing ties its processes together but the uid, by which the janitor kills them.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.grading.sandbox.errors import IsolationUnavailable
from autograder.grading.sandbox.interpreter import (
    open_to_all,
    package_paths,
    reachable_interpreter,
    readable_paths,
)
from autograder.grading.sandbox.judge_folder import judge_folder
from autograder.grading.sandbox.resources.limits import Limits
from autograder.grading.sandbox.resources.worker import WorkerResources
from autograder.grading.sandbox.worker import landlock

from . import seccomp
from .base import MOST_FILES, Confinement, Isolation, environment

CAPABILITIES = {"SETUID": 7, "SETGID": 6, "SETPCAP": 8, "CHOWN": 0, "KILL": 5}
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
KERNEL = ("/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm", "/sys/devices/system/cpu")


class User(Isolation):
    """A uid per worker, seccomp, Landlock where there is one. Needs root, and no namespaces."""

    name = "user"
    own_uid = True

    def prepare(self) -> None:
        if sys.platform != "linux" or os.geteuid() != 0:
            raise IsolationUnavailable("only root can give each worker a uid of its own")
        if shutil.which("setpriv") is None:
            raise IsolationUnavailable("setpriv (of util-linux) is not installed")
        if missing := [name for name, bit in CAPABILITIES.items() if not _capable(bit)]:
            raise IsolationUnavailable(f"root lacks the capabilities {', '.join(missing)}")
        seccomp.supported()
        closed = [str(path) for path in package_paths() if not open_to_all(path)]
        if closed:
            raise IsolationUnavailable(
                f"another uid cannot read {', '.join(closed)}: install the packages where all may "
                "read (not below a home folder of mode 0700)"
            )
        try:
            reachable_interpreter()
        except OSError as error:
            raise IsolationUnavailable(
                f"other uids cannot reach this Python, and no copy can be made: {error}"
            ) from error

    def confine(self, resources: WorkerResources, submission: Path, limits: Limits) -> Confinement:
        uid = resources.uid
        assert uid is not None  # for `own_uid` says so
        scratch = resources.folder / "scratch"
        scratch.mkdir(mode=0o700)
        os.chown(scratch, uid, uid)
        python = reachable_interpreter()
        settings: dict[str, Any] = {"seccomp": seccomp.program().hex()}
        if landlock.version():
            shown = [*readable_paths(), python.prefix, judge_folder().payload, submission]
            shown += [Path(path) for path in (*KERNEL, "/proc/self")]
            settings["landlock"] = {
                "readable": [str(path) for path in shown if path.exists()],
                "writable": [str(scratch)],
                "devices": [path for path in DEVICES if Path(path).exists()],
            }
        ids = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs"]
        return Confinement(
            command=resources.prepared(
                ["setpriv", *ids, "--inh-caps=-all", "--bounding-set=-all", "--"]
            ),
            interpreter=str(python.executable),
            payload=str(judge_folder().payload),
            submission=str(submission),
            scratch=str(scratch),
            env={**environment(str(scratch), limits.threads), **python.env},
            base_prefix=str(python.prefix),
            settings=settings,
        )

    def scratch_used(self, confinement: Confinement, tree: Sequence[int]) -> int:
        used = 0
        for count, (root, _, files) in enumerate(os.walk(confinement.scratch)):
            if count + len(files) > MOST_FILES:
                return sys.maxsize
            used += sum(_size(Path(root, name)) for name in files)
        return used


def _capable(bit: int) -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> bit & 1)
    return False


def _size(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except OSError:
        return 0

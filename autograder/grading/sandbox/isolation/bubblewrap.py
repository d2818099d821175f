"""Bubblewrap: namespaces of one's own for files, processes, network and IPC.

As root *without* a user namespace: with one, the worker would be root outside and could undo the
mounts. Bubblewrap then keeps three capabilities, just long enough for setpriv to change to a uid
that nobody else has and to drop them. Not as root, the user namespace is what makes the mounts
possible.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from autograder.config.paths import REPOSITORY
from autograder.grading.sandbox.errors import IsolationUnavailable
from autograder.grading.sandbox.interpreter import library_path, readable_paths
from autograder.grading.sandbox.judge_folder import judge_folder
from autograder.grading.sandbox.resources.limits import Limits
from autograder.grading.sandbox.resources.worker import WorkerResources

from . import seccomp
from .base import MOST_FILES, Confinement, Isolation, environment

PAYLOAD, SUBMISSION, SCRATCH = "/payload", "/submission", "/tmp"


class Bubblewrap(Isolation):
    """Bubblewrap with a uid of its own (root) or a user namespace of its own (anyone else).

    `visible` are further paths to show to the worker, read-only.
    """

    name = "bwrap"

    def __init__(self, visible: tuple[Path, ...] = ()):
        self.visible = visible
        self.own_uid = os.geteuid() == 0

    def prepare(self) -> None:
        if sys.platform != "linux" or shutil.which("bwrap") is None:
            raise IsolationUnavailable("bubblewrap (the command bwrap) is not installed")
        if os.geteuid() == 0 and shutil.which("setpriv") is None:
            raise IsolationUnavailable("setpriv (of util-linux) is not installed")
        seccomp.supported()
        trial = [*_namespaces(), "--ro-bind", "/", "/", "--", "true"]
        tried = subprocess.run(["bwrap", *trial], capture_output=True, text=True)
        if tried.returncode:
            raise IsolationUnavailable(f"bubblewrap cannot run here: {tried.stderr.strip()}")

    def confine(self, resources: WorkerResources, submission: Path, limits: Limits) -> Confinement:
        descriptor = seccomp.as_descriptor()
        env = environment(SCRATCH, limits.threads) | library_path()
        options = ["--clearenv", *_namespaces(), "--die-with-parent", "--new-session"]
        for name, value in env.items():
            options += ["--setenv", name, value]
        options += self._mounts(submission, limits)
        options += ["--chdir", SCRATCH, "--seccomp", str(descriptor), "--"]
        if resources.uid is not None:
            options += _become(resources.uid)
        return Confinement(
            command=resources.prepared(["bwrap", *options]),
            interpreter=sys.executable,
            payload=PAYLOAD,
            submission=SUBMISSION,
            scratch=SCRATCH,
            env=env,
            base_prefix=sys.base_prefix,
            descriptors=(descriptor,),
        )

    def scratch_used(self, confinement: Confinement, tree: Sequence[int]) -> int:
        """Only whether there are too many files: of their bytes the file systems keep count."""
        for process in tree:
            with suppress(OSError):  # it has ended, or is not ours to look into
                if any(_files(process, folder) > MOST_FILES for folder in (SCRATCH, "/dev/shm")):
                    return sys.maxsize
        return 0

    def _mounts(self, submission: Path, limits: Limits) -> list[str]:
        visible_paths = [*readable_paths(), *self.visible]
        mounts = {path: _show(path) for path in visible_paths}
        # A repository below something shown (/usr/local, say) or writable (/tmp) is covered; what
        # is shown inside it (its .venv) comes back on top: the deeper path is mounted later.
        above = [*visible_paths, Path(SCRATCH)]
        covered = REPOSITORY.root not in visible_paths and any(
            path in REPOSITORY.root.parents for path in above
        )
        if covered:
            mounts[REPOSITORY.root] = ["--perms", "0755", "--tmpfs", str(REPOSITORY.root)]
        options = ["--proc", "/proc", "--dev", "/dev"]
        # First, so that a checkout below /tmp is mounted into it rather than hidden by it.
        for folder in (SCRATCH, "/dev/shm"):
            options += ["--size", str(limits.scratch), "--perms", "1777", "--tmpfs", folder]
        for path in sorted(mounts, key=lambda path: len(path.parts)):
            options += _parents(path, visible_paths, covered)
            options += mounts[path]
        options += ["--ro-bind", str(judge_folder().payload), PAYLOAD]
        options += ["--ro-bind", str(submission), SUBMISSION]
        if covered:
            options += ["--remount-ro", str(REPOSITORY.root)]
        for path in ("/proc", "/dev", "/"):  # /proc/self has settings, of memory for one
            options += ["--remount-ro", path]
        return options


def _files(pid: int, folder: str) -> int:
    """How many there are in the file system that a process sees there, unless it is the host's."""
    place = Path(f"/proc/{pid}/root{folder}")
    if place.stat().st_dev == Path(folder).stat().st_dev:
        return 0
    held = os.statvfs(place)
    return held.f_files - held.f_ffree


def _namespaces() -> list[str]:
    if os.geteuid() != 0:
        return ["--unshare-all", "--cap-drop", "ALL"]
    options = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    options += ["--unshare-cgroup-try", "--cap-drop", "ALL"]
    for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
        options += ["--cap-add", capability]
    return options


def _show(path: Path) -> list[str]:
    if path.is_symlink() and path.resolve().is_relative_to("/usr"):  # /lib and the like
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)]


def _parents(path: Path, visible_paths: list[Path], covered: bool) -> list[str]:
    """Make the folders above a mount, readable by all, where no mount has brought them yet."""
    options = []
    for parent in reversed(path.parents):
        shown = any(parent.is_relative_to(other) for other in visible_paths)
        under_cover = (
            covered and parent.is_relative_to(REPOSITORY.root) and parent != REPOSITORY.root
        )
        if parent != Path("/") and (under_cover or not shown):
            options += ["--perms", "0755", "--dir", str(parent)]
    return options


def _become(uid: int) -> list[str]:
    ids = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    return ["setpriv", *ids, "--inh-caps=-all", "--bounding-set=-all", "--"]

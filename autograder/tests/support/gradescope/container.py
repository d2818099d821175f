"""Root in a container as Docker makes it, with no more powers than Docker leaves it.

    python -m autograder.tests.support.gradescope.container SPECIFICATION

A process of its own: it enters control groups, namespaces and the new root, gives up capabilities
and forbidden system calls, and becomes the first process in there. When the command has ended,
whatever it left behind has a second more, as it might have while the platform fetches the results;
then all ends with the first process.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from autograder.grading.sandbox.isolation import seccomp

from . import kernel

# Of the calls that our own sandbox denies, those that Docker's default profile lets pass.
DOCKER_ALLOWS = {
    *("socket", "memfd_create", "memfd_secret", "chroot", "personality", "name_to_handle_at"),
    *("shmget", "shmat", "shmctl", "msgget", "semget", "mq_open"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise"),
    *("connect", "bind", "listen", "accept", "accept4"),
    *("inotify_init", "inotify_init1", "inotify_add_watch", "flock", "mincore", "cachestat"),
    *("pidfd_open", "pidfd_send_signal", "process_mrelease"),
    *("io_setup", "io_submit", "ioprio_set", "modify_ldt", "mseal"),
}
# Without them the sandbox has to do without Landlock, as on kernels before 5.13.
LANDLOCK = {
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
MASKED = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware")
SHARED_MEMORY = 64 * 2**20
UPLOAD_SECONDS = 1.0


@dataclass(frozen=True)
class Container:
    """What to start, and in which surroundings.

    `layers` are folders, the topmost first, that make up the root; what changes goes to `changes`
    (a folder for the upper layer and one for the kernel), or to memory where that is empty.
    `binds` are (source, target, read only); `groups` the folders of control groups to enter, with
    the place where each is shown inside.
    """

    layers: tuple[str, ...]
    stage: str
    command: tuple[str, ...]
    env: dict[str, str]
    changes: str = ""
    binds: tuple[tuple[str, str, bool], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    network: bool = False
    landlock: bool = False

    def arguments(self) -> list[str]:
        """The command line that starts it."""
        return [sys.executable, "-m", __name__, json.dumps(asdict(self))]

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


def main(container: Container) -> int:
    """Run it; the exit status of its command, as a shell would say it."""
    kernel.die_with_parent()
    for folder, _ in container.groups:
        Path(folder, "cgroup.procs").write_text("0")
    flags = kernel.NEW_MOUNTS | kernel.NEW_PROCESSES | kernel.NEW_IPC | kernel.NEW_HOST_NAME
    kernel.unshare(flags | (0 if container.network else kernel.NEW_NETWORK))
    first = os.fork()
    if first == 0:
        try:
            kernel.die_with_parent()
            os._exit(_first_process(container))
        except BaseException as error:
            os.write(2, f"The container could not be made: {error!r}\n".encode())
            os._exit(125)
    return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])


def _first_process(container: Container) -> int:
    code = seccomp.program(_denied(container.landlock))
    _enter(container)
    socket.sethostname("gradescope")
    kernel.filter_calls(code)
    kernel.keep_capabilities(set(kernel.DOCKER_CAPABILITIES.values()))
    payload = os.fork()
    if payload == 0:
        os.setsid()
        os.chdir("/autograder")
        os.execve(container.command[0], container.command, container.env)
    status = _wait_for(payload)
    time.sleep(UPLOAD_SECONDS)
    return status


def _wait_for(payload: int) -> int:
    """Bury what is orphaned until the payload ends."""
    while True:
        ended, status = os.wait()
        if ended == payload:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _denied(landlock: bool) -> Mapping[str, tuple[int | None, int | None]]:
    denied = {name: n for name, n in seccomp.DENIED.items() if name not in DOCKER_ALLOWS}
    return denied if landlock else {**denied, **LANDLOCK}


# ------------------------------------------------------------------------------ the file system


def _enter(container: Container) -> None:
    kernel.mount("", "/", flags=kernel.RECURSIVE | kernel.PRIVATE)
    kernel.mount("tmpfs", container.stage, "tmpfs")
    root, changes = Path(container.stage, "root"), Path(container.changes or container.stage)
    for folder in (root, changes / "upper", changes / "work"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    layers = ":".join(container.layers)
    data = f"lowerdir={layers},upperdir={changes}/upper,workdir={changes}/work"
    kernel.mount("overlay", str(root), "overlay", data=data)
    hardened = kernel.NO_SUID | kernel.NO_DEVICES | kernel.NO_EXEC
    kernel.mount("proc", _place(root, "/proc"), "proc", hardened)
    kernel.mount("sysfs", _place(root, "/sys"), "sysfs", hardened | kernel.READ_ONLY)
    _devices(root)
    if container.groups:
        kernel.mount("tmpfs", str(root / "sys/fs/cgroup"), "tmpfs", hardened)
        for folder, place in container.groups:
            kernel.bind(folder, _place(root, place), read_only=True)
    for source, target, read_only in container.binds:
        kernel.bind(source, _place(root, target, Path(source).is_file()), read_only)
    kernel.enter_root(str(root))
    for path in filter(os.path.exists, READ_ONLY):
        kernel.bind(path, path, read_only=True)
    for path in filter(os.path.exists, MASKED):
        if Path(path).is_dir():
            kernel.mount("tmpfs", path, "tmpfs", kernel.READ_ONLY)
        else:
            kernel.bind("/dev/null", path)


def _devices(root: Path) -> None:
    kernel.mount("tmpfs", _place(root, "/dev"), "tmpfs", kernel.NO_SUID, "mode=755,size=65536k")
    for name in DEVICES:
        kernel.bind(f"/dev/{name}", _place(root, f"/dev/{name}", file=True))
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0")):
        Path(root, "dev", name).symlink_to(target)
    Path(root, "dev/stdout").symlink_to("/proc/self/fd/1")
    Path(root, "dev/stderr").symlink_to("/proc/self/fd/2")
    size = f"mode=1777,size={SHARED_MEMORY}"
    kernel.mount("shm", _place(root, "/dev/shm"), "tmpfs", kernel.NO_SUID, size)
    kernel.mount("mqueue", _place(root, "/dev/mqueue"), "mqueue")


def _place(root: Path, target: str, file: bool = False) -> str:
    """Where something is going to be mounted; made if it is not there."""
    place = root / target.lstrip("/")
    if not place.exists():
        (place.parent if file else place).mkdir(mode=0o755, parents=True, exist_ok=True)
        if file:
            place.touch()
    return str(place)


if __name__ == "__main__":
    sys.exit(main(Container.from_json(sys.argv[1])))

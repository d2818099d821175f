"""What a hostile submission would try first, tried by us in the very sandbox that will hold it.

Every attack is a function that returns True if it succeeded, or names what it got; an OSError means
that the sandbox held. Run before anything is graded; see `autograder.grading.sandbox.selftest`.
"""

import ctypes
import fcntl
import importlib.util
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
NO_NEW_PRIVILEGES = 39  # PR_GET_NO_NEW_PRIVS
NEW_USER = 0x10000000  # CLONE_NEWUSER

Attack = Callable[[dict], bool | str]


def report(settings: dict) -> dict:
    """Try everything; say what succeeded, and whether Python and torch are where they should be."""
    broken = []
    for name, attack in ATTACKS.items():
        with suppress(OSError):
            if got := attack(settings):
                broken.append(f"{name} ({got})" if isinstance(got, str) else name)
    found = importlib.util.find_spec("torch") is not None
    return {"kind": "selftest", "base_prefix": sys.base_prefix, "torch": found, "broken": broken}


def write_elsewhere(settings: dict) -> bool | str:
    places = ["/", "/usr", "/etc", "/dev", "/sys", "/proc", "/root", "/home", "/var", "/run"]
    places += [sys.prefix, sys.base_prefix, settings["payload"], settings["submission"]]
    places += [*settings["packages"], *settings["targets"]["folders"]]
    for place in places:
        path = f"{place}/written-by-the-self-test"
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            os.unlink(path)  # noqa: PTH108 - the plainest call
            return place
    return False


def write_kernel_setting(settings: dict) -> bool:
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))
    return True


def open_socket(settings: dict) -> bool | str:
    for family in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"):
        with suppress(OSError, AttributeError):
            socket.socket(getattr(socket, family), socket.SOCK_RAW).close()
            return family
        with suppress(OSError, AttributeError):
            socket.socket(getattr(socket, family), socket.SOCK_STREAM).close()
            return family
    return False


def address_any_socket(settings: dict) -> bool | str:
    with suppress(OSError):  # each half of such a pair can be connected to somebody else
        socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        return "a pair of datagram sockets"
    here, there = socket.socketpair()
    with suppress(OSError):
        here.connect("\0nobody listens here")
        return "connect"
    with here, there, suppress(BlockingIOError):
        here.sendto(b"", socket.MSG_DONTWAIT, "\0nobody listens here")
    return False


def notice_what_others_read(settings: dict) -> bool | str:
    """Two workers share the files that both may read."""
    shared = os.open(settings["payload"], os.O_RDONLY)
    with suppress(OSError):
        fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return "flock"
    with suppress(OSError):
        fcntl.lockf(shared, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return "lockf"
    with suppress(OSError):
        fcntl.fcntl(shared, fcntl.F_NOTIFY, fcntl.DN_ACCESS)
        return "F_NOTIFY"
    return LIBC.inotify_init1(0) != -1 and "inotify"


def hide_memory(settings: dict) -> bool:
    os.close(os.memfd_create("hidden"))
    return True


def new_namespace(settings: dict) -> bool:
    return LIBC.unshare(NEW_USER) == 0


def mount_something(settings: dict) -> bool:
    return LIBC.mount(b"none", settings["scratch"].encode(), b"tmpfs", 0, None) == 0


def fork_without_end(settings: dict) -> bool:
    children = []
    try:
        for _ in range(settings["targets"]["processes"] + 4):
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
        return True
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def import_the_autograder(settings: dict) -> bool:
    return importlib.util.find_spec("autograder") is not None


def read_secrets(settings: dict) -> bool | str:
    for path in settings["targets"]["secrets"]:
        with suppress(OSError):
            list(Path(path).iterdir()) if Path(path).is_dir() else Path(path).read_bytes()
            return path
    return False


def see_the_judges_environment(settings: dict) -> bool | str:
    if settings["targets"]["marker"] in os.environ:
        return "inherited"
    for process in _foreign_processes():
        with suppress(OSError):
            (process / "environ").read_bytes()
            return f"of process {process.name}"
    return False


def signal_a_stranger(settings: dict) -> bool | str:
    for process in _foreign_processes():
        with suppress(OSError):
            os.kill(int(process.name), 0)
            return f"process {process.name}"
    return False


def hold_a_capability(settings: dict) -> bool | str:
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("CapInh", "CapPrm", "CapEff", "CapAmb") and int(value, 16):
            return line
    return False


def be_root_outside(settings: dict) -> bool:
    # Only a judge who is root could make us so; then no user namespace may lie between, for inside
    # one another uid may well be the judge's own.
    if not settings["targets"]["judge_is_root"]:
        return False
    between = Path("/proc/self/uid_map").read_text() != settings["targets"]["uid_map"]
    return between or os.getuid() == 0


def become_root(settings: dict) -> bool:
    os.setuid(0)
    return be_root_outside(settings)


def gain_privileges(settings: dict) -> bool:
    return LIBC.prctl(NO_NEW_PRIVILEGES, 0, 0, 0, 0) != 1


def use_a_descriptor_of_the_judge(settings: dict) -> bool | str:
    ours = {0, 1, 2, settings["request_fd"], settings["reply_fd"]}
    for descriptor in range(1024):
        with suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if descriptor not in ours:
                return f"{descriptor}, {stat.filemode(mode)}"
    return False


def _foreign_processes() -> Iterator[Path]:
    """The processes of other uids that can be seen, the namespace's own first process aside."""
    with suppress(OSError):
        for process in Path("/proc").iterdir():
            with suppress(OSError):
                if process.name.isdigit() and process.stat().st_uid != os.getuid():
                    yield process


ATTACKS: dict[str, Attack] = {
    "use a descriptor of the judge": use_a_descriptor_of_the_judge,
    "write outside its scratch space": write_elsewhere,
    "write a setting of the kernel": write_kernel_setting,
    "open a socket": open_socket,
    "address a socket of somebody else": address_any_socket,
    "notice what other workers read": notice_what_others_read,
    "hold memory that no limit counts": hide_memory,
    "make a namespace": new_namespace,
    "mount a file system": mount_something,
    "start more processes than allowed": fork_without_end,
    "import the autograder": import_the_autograder,
    "read what it must not see": read_secrets,
    "see the judge's environment": see_the_judges_environment,
    "signal a process of somebody else": signal_a_stranger,
    "hold a capability": hold_a_capability,
    "be root outside": be_root_outside,
    "become root": become_root,
    "gain privileges by a setuid program": gain_privileges,
}

"""System calls that Python has no functions for, or has only since 3.12."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mount.argtypes = [*[ctypes.c_char_p] * 3, ctypes.c_ulong, ctypes.c_char_p]

NEW_MOUNTS, NEW_HOST_NAME, NEW_IPC = 0x00020000, 0x04000000, 0x08000000
NEW_PROCESSES, NEW_NETWORK, NEW_GROUPS = 0x20000000, 0x40000000, 0x02000000

READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC = 1, 2, 4, 8
REMOUNT, BIND, RECURSIVE, PRIVATE = 32, 4096, 16384, 1 << 18
DETACH = 2
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

DEATH_SIGNAL, DROP_FROM_BOUNDS, SET_FILTER = 1, 24, 22  # of prctl
CAPABILITY_VERSION = 0x20080522

# What Docker leaves to root: https://docs.docker.com/engine/containers/run, "runtime privilege".
DOCKER_CAPABILITIES = {
    "CHOWN": 0,
    "DAC_OVERRIDE": 1,
    "FOWNER": 3,
    "FSETID": 4,
    "KILL": 5,
    "SETGID": 6,
    "SETUID": 7,
    "SETPCAP": 8,
    "NET_BIND_SERVICE": 10,
    "NET_RAW": 13,
    "SYS_CHROOT": 18,
    "MKNOD": 27,
    "AUDIT_WRITE": 29,
    "SETFCAP": 31,
}
LAST_CAPABILITY = 40


def unshare(flags: int) -> None:
    """Enter new namespaces. Raises OSError."""
    _call(LIBC.unshare(flags))


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount. Raises OSError, which names the target."""
    words = [word.encode() if word else None for word in (source, target, kind)]
    _call(LIBC.mount(*words, flags, data.encode() if data else None), target)


def bind(source: str, target: str, read_only: bool = False) -> None:
    """Show a file or folder at a second place."""
    mount(source, target, flags=BIND | RECURSIVE)
    if read_only:
        mount("", target, flags=BIND | REMOUNT | READ_ONLY)


def enter_root(root: str) -> None:
    """Make a folder, which must be a mount, the root of this process; the old one is gone."""
    os.chdir(root)
    _call(LIBC.syscall(PIVOT_ROOT[os.uname().machine], b".", b"."), root)
    _call(LIBC.umount2(b".", DETACH), "/")
    os.chdir("/")


def die_with_parent() -> None:
    """Be killed when the parent ends, in whatever way."""
    _call(LIBC.prctl(DEATH_SIGNAL, 9, 0, 0, 0))


def keep_capabilities(kept: set[int]) -> None:
    """Lose all capabilities but these, for good, also as root."""
    for capability in range(LAST_CAPABILITY + 1):
        if capability not in kept:
            _call(LIBC.prctl(DROP_FROM_BOUNDS, capability, 0, 0, 0))
    bits = sum(1 << capability for capability in kept)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    low, high = bits & 0xFFFFFFFF, bits >> 32
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)  # effective, permitted, inheritable
    _call(LIBC.capset(header, data))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def filter_calls(code: bytes) -> None:
    """Apply a system-call filter without giving up set-uid programs, which takes CAP_SYS_ADMIN."""
    program = _Program(len(code) // 8, code)
    _call(LIBC.prctl(SET_FILTER, 2, ctypes.byref(program), 0, 0))


def _call(result: int, what: str = "") -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what or None)

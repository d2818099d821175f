"""Landlock: the kernel takes from this process, and all it starts, every path that is not listed.

By ctypes, for the C library has no wrappers; structures and numbers from the kernel's
Documentation/userspace-api/landlock.rst. It binds the calling thread, so call it before any other.
"""

import ctypes
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_ONLY = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FIRST_RIGHTS = (1 << 13) - 1
NETWORK = 0b11  # bind and connect TCP
SCOPES = 0b11  # abstract sockets and signals stay inside

READ = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV  # the rest concern folders
DEVICES = READ_FILE | WRITE_FILE


def version() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    return max(0, LIBC.syscall(CREATE_RULESET, None, 0, VERSION_ONLY))


def restrict(readable: list[str], writable: list[str], devices: list[str]) -> None:
    """Leave only these paths: to read, to read and write, to use as devices.

    Raises:
        OSError: the kernel refuses.
    """
    abi = version()
    handled = FIRST_RIGHTS
    handled |= REFER if abi >= 2 else 0
    handled |= TRUNCATE if abi >= 3 else 0
    handled |= IOCTL_DEV if abi >= 5 else 0
    fields = [handled]
    fields += [NETWORK] if abi >= 4 else []
    fields += [SCOPES] if abi >= 6 else []
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _call(CREATE_RULESET, attributes, len(attributes), 0)
    everything = handled & ~(MAKE_CHAR | MAKE_BLOCK)
    for paths, rights in ((readable, READ), (writable, everything), (devices, DEVICES)):
        for path in paths:
            _allow(ruleset, path, rights & handled)
    _call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except PermissionError:  # out of reach for this uid anyhow
        return
    if not os.path.isdir(path):  # noqa: PTH112 - Path is not imported in the worker
        rights &= OF_FILES
    _call(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)


def _call(number: int, *arguments: bytes | int) -> int:
    result = LIBC.syscall(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result

"""What the worker takes away from itself before the submission is there."""

import ctypes
import os
import resource

from . import landlock

SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2


def confine(settings: dict) -> None:
    """Limits by the kernel on this process and all that it will start.

    NPROC counts processes of the uid, which is this worker's own; set from outside, before the uid
    changed, it would not bind. Landlock and seccomp are in `settings` where nothing outside the
    process has applied them.
    """
    for name, value in settings["rlimits"].items():
        _limit(getattr(resource, f"RLIMIT_{name}"), value)
    if "landlock" in settings or "seccomp" in settings:
        _prctl(SET_NO_NEW_PRIVILEGES, 1)
    if "landlock" in settings:
        # One's own /proc folder alone: other processes, and their command lines, are hidden.
        landlock.restrict(**settings["landlock"])
    if "seccomp" in settings:
        _filter(bytes.fromhex(settings["seccomp"]))


def limit_data(allowance: int) -> None:
    """Bound private writable memory to what is mapped already plus `allowance`.

    Imports alone map hundreds of megabytes, how many depends on the build of torch. Nothing is
    bounded where the system does not say, which is where nothing is confined (macOS).
    """
    if not os.path.exists("/proc/self/status"):  # noqa: PTH110 - Path is not imported in the worker
        return
    with open("/proc/self/status") as status:  # noqa: PTH123 - Path is not imported in the worker
        kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmData"))
    _limit(resource.RLIMIT_DATA, kilobytes * 1024 + allowance)


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (bound, bound))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _filter(code: bytes) -> None:
    program = _Program(len(code) // 8, code)
    _prctl(SET_SECCOMP, FILTER, ctypes.byref(program))


def _prctl(option: int, argument: int, pointer: object = 0) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, argument, pointer, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

"""What the worker takes away from itself before the submission is there."""

import resource


def confine(settings: dict) -> None:
    """Limits by the kernel on this process and all that it will start.

    NPROC counts processes of the uid, which is this worker's own; set from outside, before the uid
    changed, it would not bind.
    """
    for name in ("FSIZE", "NOFILE", "NPROC"):
        _limit(getattr(resource, f"RLIMIT_{name}"), settings["rlimits"][name])
    _limit(resource.RLIMIT_CORE, 0)


def limit_data(allowance: int) -> int:
    """Bound private writable memory to what is mapped now plus `allowance`; return the bound.

    Imports alone map hundreds of megabytes, how many depends on the build of torch.
    """
    with open("/proc/self/status") as status:  # noqa: PTH123 - Path is not imported in the worker
        kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmData"))
    bound = kilobytes * 1024 + allowance
    _limit(resource.RLIMIT_DATA, bound)
    return bound


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (bound, bound))

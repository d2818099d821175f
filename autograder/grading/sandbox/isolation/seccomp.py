"""The system-call filter, as the classic BPF program that the kernel takes.

Written out here (some seventy instructions) rather than through libseccomp, so that nothing has to
be installed. Everything is allowed but the calls below: ways to the network, to memory that no
limit counts, to namespaces and mounts, to other processes and to the kernel's administration.

Sources: seccomp(2), bpf(2); numbers from the kernel's syscall tables.
"""

import errno
import os
import platform
import struct
from collections.abc import Mapping

from autograder.grading.sandbox.errors import IsolationUnavailable

# Call -> its number on x86-64 and on arm64 (None: does not exist there).
DENIED: dict[str, tuple[int | None, int | None]] = {
    # the network; socketpair stays, for pipes between processes of one worker
    "socket": (41, 198),
    # memory that neither RLIMIT_DATA nor a size of tmpfs bounds, IPC that outlives its process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    # large and often broken parts of the kernel
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    # administration
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "iopl": (172, None),
    "ioperm": (173, None),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
CLONE, CLONE3, IOCTL = (56, 220), (435, 435), (16, 29)
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into the judge's terminal

# Machine -> column above, AUDIT_ARCH value.
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
X32 = 0x40000000  # a second set of numbers for the same calls on x86-64

# Offsets into struct seccomp_data (little endian: the low half of an argument comes first).
NUMBER, ARCH, ARGUMENT_0, ARGUMENT_1 = 0, 4, 16, 24
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
VERDICTS = {
    "allow": 0x7FFF0000,
    "refuse": 0x00050000 | errno.EPERM,
    "unknown": 0x00050000 | errno.ENOSYS,
    "kill": 0x80000000,
}


def supported() -> None:
    """Raise IsolationUnavailable where the numbers above are not those of this machine."""
    if platform.machine() not in MACHINES:
        raise IsolationUnavailable(f"no system-call filter for {platform.machine()} processors")


def program(denied: Mapping[str, tuple[int | None, int | None]] = DENIED) -> bytes:
    """The filter for this machine: an array of struct sock_filter."""
    column, arch = MACHINES[platform.machine()]
    # (operation, operand, where to if true, where to if false); None: the next instruction.
    steps: list[tuple[int, int, str | None, str | None]] = [
        (LOAD, ARCH, None, None),
        (EQUAL, arch, None, "kill"),  # 32-bit calls have other numbers
        (LOAD, NUMBER, None, None),
        (AT_LEAST, X32, "kill", None),
    ]
    steps += [
        (EQUAL, number, "refuse", None)
        for numbers in denied.values()
        if (number := numbers[column]) is not None
    ]
    # The flags of clone3 lie in memory, out of a filter's reach; told that it does not exist, the C
    # library falls back to clone.
    steps += [(EQUAL, CLONE3[column], "unknown", None)]
    steps += [(EQUAL, CLONE[column], "clone", None), (EQUAL, IOCTL[column], "ioctl", "allow")]
    clone = len(steps)
    steps += [(LOAD, ARGUMENT_0, None, None), (ANY_BIT, NEW_NAMESPACES, "refuse", "allow")]
    ioctl = len(steps)
    steps += [(LOAD, ARGUMENT_1, None, None)]
    steps += [(EQUAL, request, "refuse", None) for request in TERMINAL_INJECTION]
    labels = {"clone": clone, "ioctl": ioctl}
    for offset, verdict in enumerate(VERDICTS):  # "allow" comes first: the last step falls into it
        labels[verdict] = len(steps) + offset
    code = b"".join(
        _instruction(operation, operand, *(_jump(place, to, labels) for to in (true, false)))
        for place, (operation, operand, true, false) in enumerate(steps)
    )
    return code + b"".join(_instruction(RETURN, value, 0, 0) for value in VERDICTS.values())


def as_descriptor() -> int:
    """A descriptor from which bubblewrap reads the filter."""
    read, write = os.pipe()
    os.write(write, program())  # far less than a pipe holds
    os.close(write)
    return read


def _jump(place: int, to: str | None, labels: dict[str, int]) -> int:
    return 0 if to is None else labels[to] - place - 1


def _instruction(operation: int, operand: int, true: int, false: int) -> bytes:
    return struct.pack("<HBBI", operation, true, false, operand)

"""The system-call filter, as the classic BPF program that the kernel takes.

Written out here (some hundred instructions) rather than through libseccomp, so that nothing has to
be installed. Everything is allowed but the calls below: ways to the network, to other workers, to
memory that no limit counts, to namespaces and mounts, to other processes and to the kernel's
administration.

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
    # the network; socketpair stays, for pipes between processes of one worker (CONDITIONAL)
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    # signals between workers: what one does with a file that both can read, the other notices
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "flock": (73, 32),
    "cachestat": (451, 451),
    "mincore": (27, 232),
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
    "open_tree_attr": (467, 467),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "process_mrelease": (448, 448),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
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
    "io_setup": (206, 0),
    "io_submit": (209, 2),
    "modify_ldt": (154, None),
    "mseal": (462, 462),
    "personality": (135, 92),
    # where memory lies, and whose disk accesses come first
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "ioprio_set": (251, 30),
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
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
CLONE3 = (435, 435)

NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into the judge's terminal
# F_GETLK, SETLK, SETLKW, OFD_GETLK, OFD_SETLK, OFD_SETLKW, SETLEASE, NOTIFY: as flock and inotify
LOCKS = (5, 6, 7, 36, 37, 38, 1024, 1026)
STREAM, TYPE_OF_SOCKET = 1, 0xF

# Operations of BPF, and offsets into struct seccomp_data (little endian: the low half of an
# argument comes first).
LOAD, AND, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCH, ARGUMENTS = 0, 4, tuple(range(16, 64, 8))

# Operation, operand, where to if true, where to if false; None: the next instruction.
Step = tuple[int, int, str | None, str | None]


def _one_of(argument: int, refused: tuple[int, ...]) -> list[Step]:
    """Refuse a call where the low half of an argument is one of these."""
    tests: list[Step] = [(EQUAL, value, "refuse", None) for value in refused[:-1]]
    return [
        (LOAD, ARGUMENTS[argument], None, None),
        *tests,
        (EQUAL, refused[-1], "refuse", "allow"),
    ]


# Call -> its numbers as above, and what decides by the call's arguments.
CONDITIONAL: dict[str, tuple[tuple[int, int], list[Step]]] = {
    "clone": (
        (56, 220),
        [(LOAD, ARGUMENTS[0], None, None), (ANY_BIT, NEW_NAMESPACES, "refuse", "allow")],
    ),
    "ioctl": ((16, 29), _one_of(1, TERMINAL_INJECTION)),
    "fcntl": ((72, 25), _one_of(1, LOCKS)),
    # A pair of datagram sockets can be parted and sent to any socket of the machine.
    "socketpair": (
        (53, 199),
        [
            (LOAD, ARGUMENTS[1], None, None),
            (AND, TYPE_OF_SOCKET, None, None),
            (EQUAL, STREAM, "allow", "refuse"),
        ],
    ),
    # send() is sendto() without an address; sendmsg() to an address fails on a stream by itself.
    "sendto": (
        (44, 206),
        [
            (LOAD, ARGUMENTS[4], None, None),
            (EQUAL, 0, None, "refuse"),
            (LOAD, ARGUMENTS[4] + 4, None, None),
            (EQUAL, 0, "allow", "refuse"),
        ],
    ),
}

# Machine -> column above, AUDIT_ARCH value.
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
X32 = 0x40000000  # a second set of numbers for the same calls on x86-64

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
    steps: list[Step] = [
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
    steps += [(EQUAL, numbers[column], call, None) for call, (numbers, _) in CONDITIONAL.items()]
    steps[-1] = (*steps[-1][:3], "allow")
    labels = {}
    for call, (_, tests) in CONDITIONAL.items():
        labels[call] = len(steps)
        steps += tests
    labels |= {verdict: len(steps) + offset for offset, verdict in enumerate(VERDICTS)}
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

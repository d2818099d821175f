"""Runs a command and waits for every process that it leaves behind, so that none goes uncounted.

A process that outlives its parent is in no account of CPU time. On Linux it comes here instead.

    python -m autograder.validation.performance.loadtest.reaping FD COMMAND...

writes {"wall": ..., "cpu": ...} in seconds to the file descriptor, and ends as the command did.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 20  # seconds for what outlives the command


class OutOfPatience(Exception):
    """Something does not end; it is left alone."""


def main() -> int:
    """Run, reap, tell."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.monotonic()
    process = subprocess.Popen(sys.argv[2:])
    wall, code = 0.0, 0
    try:
        while True:
            pid, status = os.wait()
            if pid == process.pid:
                wall = time.monotonic() - start
                code = process.returncode = os.waitstatus_to_exitcode(status)
                signal.signal(signal.SIGALRM, _give_up)
                signal.alarm(PATIENCE)
    except (ChildProcessError, OutOfPatience):
        signal.alarm(0)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime}
    os.write(int(sys.argv[1]), json.dumps(told).encode())
    return code if code >= 0 else 128 - code


def _give_up(*_: object) -> None:
    raise OutOfPatience


if __name__ == "__main__":
    sys.exit(main())

"""Runs a command and waits for every process that it leaves behind, so that all of them count.

A process that outlives its parent is in no account of CPU time. On Linux it comes here instead.

    python -m autograder.validation.performance.loadtest.subreaper FILE COMMAND...

writes {"wall": ..., "cpu": ...} in seconds to the file, and ends as the command did.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
TIME_LIMIT = 20  # seconds for processes that outlive the command; later they are left alone


def main() -> int:
    """Run, wait, and write the figures."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    start, wall, code = time.monotonic(), 0.0, 0
    process = subprocess.Popen(sys.argv[2:])
    signal.signal(signal.SIGALRM, _stop_waiting)
    try:
        while True:
            pid, status = os.wait()
            if pid == process.pid:
                wall = time.monotonic() - start
                code = process.returncode = os.waitstatus_to_exitcode(status)
                signal.alarm(TIME_LIMIT)
    except (ChildProcessError, TimeoutError):
        signal.alarm(0)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime}
    Path(sys.argv[1]).write_text(json.dumps(figures))
    return code if code >= 0 else 128 - code


def _stop_waiting(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    sys.exit(main())

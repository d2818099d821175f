"""Python in a process of its own, in the root of the repository; and waiting for processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable

from autograder.config.paths import REPOSITORY


def python(*words: object, timeout: float = 300, **environment: str) -> subprocess.CompletedProcess:
    """Run Python with these arguments, and these variables beside its own."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=REPOSITORY.root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true within ten seconds."""
    deadline = time.monotonic() + 10
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return met

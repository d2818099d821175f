"""Python in a process of its own, in the root of the repository."""

import os
import subprocess
import sys

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

"""Start a worker inside a cage, with two pipes for messages and one for its output."""

import json
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .isolation import Cage
from .resources.limits import Limits

START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from sandbox.worker.main import main; main(sys.argv[2])"
)

# Bubblewrap dies with the *thread* that started it, so that thread must be one that stays.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-spawner")


@dataclass
class Pipes:
    """The judge's ends: requests are written, replies and output (stdout, stderr) are read."""

    request: int
    reply: int
    output: int

    def close(self) -> None:
        """Close those that are still open."""
        for descriptor in (self.request, self.reply, self.output):
            if descriptor >= 0:
                os.close(descriptor)


def launch(cage: Cage, limits: Limits, **settings: Any) -> tuple[subprocess.Popen, Pipes]:
    """Start a worker; `settings` are added to what the worker is told."""
    request_fd, request = os.pipe()
    reply, reply_fd = os.pipe()
    output, output_fd = os.pipe()
    given = [request_fd, reply_fd, *cage.descriptors]
    told = {
        "request_fd": request_fd,
        "reply_fd": reply_fd,
        "harness": cage.harness,
        "submission": cage.submission,
        "scratch": cage.scratch,
        "packages": cage.packages,
        "threads": limits.threads,
        "memory": limits.memory,
        "rlimits": {
            "FSIZE": limits.file_size,
            "NOFILE": limits.open_files,
            "NPROC": limits.processes,
            "CORE": 0,
        },
        **cage.settings,
        **settings,
    }
    # -I: nothing of the environment or the working directory; -B: no byte code is written.
    python = [cage.interpreter, "-I", "-B", "-c", START, cage.harness, json.dumps(told)]
    try:
        process = _spawner.submit(
            _spawn, [*cage.command, *python], cage.env, given, output_fd
        ).result()
    finally:
        for descriptor in (*given, output_fd):
            os.close(descriptor)
        cage.descriptors.clear()
    cage.started(process.pid)
    for descriptor in (request, reply, output):
        os.set_blocking(descriptor, False)
    return process, Pipes(request, reply, output)


def _spawn(
    command: Sequence[str], env: dict[str, str], given: list[int], output: int
) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=given,
        env=env,
        cwd=Path("/"),
        start_new_session=True,
    )

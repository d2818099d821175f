"""Ctrl-C ends every long command with its exit code, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import psutil
import pytest

from autograder.config.paths import REPOSITORY
from autograder.exit_codes import ExitCode

LONG_COMMANDS = {
    "without an answer of its own": ["-m", "autograder", "demo", "--output"],
    "of forked processes": [
        "-m",
        "autograder",
        "validate",
        "--known-bugs",
        "--jobs",
        "1",
        "--output",
    ],
    "of a module": [
        "-m",
        "autograder.validation.performance.loadtest",
        "--part",
        "class",
        "--output",
    ],
}


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize("words", LONG_COMMANDS.values(), ids=LONG_COMMANDS)
def test_ctrl_c_ends_a_long_command_with_130_and_no_traceback(words, tmp_path):
    with subprocess.Popen(
        [sys.executable, *words, str(tmp_path / "out")],
        cwd=REPOSITORY.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What a shell starts in the background ignores Ctrl-C, and so do its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    ) as process:
        try:
            _wait_for_children(process)
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == ExitCode.INTERRUPTED, said
    assert "Interrupted" in said and "Traceback" not in said


def _wait_for_children(process: subprocess.Popen) -> None:
    """Until it is at work, which all these commands leave to processes of their own."""
    deadline = time.monotonic() + 120
    while not psutil.Process(process.pid).children():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(1.0)  # no child is still between fork and its own program

"""Ctrl-C in a run of `diffusion.train`, and the run that goes on from there."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from autograder.tests.support.training import checkpoint_of, same_weights

pytestmark = pytest.mark.usefixtures("one_thread")


def started(folder: Path, *options: object) -> subprocess.Popen:
    """The program in a process of its own, which hears of Ctrl-C though the tests may not: what a
    shell starts in the background ignores it, and so do its children.
    """
    fixed = ["--num-hiddens", 2, "--batch-size", 32, "--subset", "--device", "cpu"]
    return subprocess.Popen(
        [sys.executable, "-m", "diffusion.train", *map(str, [*options, *fixed])],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.usefixtures("long_run")
def test_ctrl_c_loses_no_epoch_and_the_command_that_it_names_goes_on(solution, command, tmp_path):
    options = ("class", "--num-ts", 5, "--epochs", 40, "--runs", tmp_path, "--name", "cut")
    process, log = started(solution, *options), tmp_path / "cut" / "log.jsonl"
    end = time.monotonic() + 60
    while not log.is_file() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    done = checkpoint_of(tmp_path / "cut")["epoch"]
    assert 1 <= done < 40
    assert f"Interrupted: epoch {done} is saved; continue with: python -m diffusion.train" in error
    assert "--name cut" in error
    assert "Traceback" not in error
    assert not list((tmp_path / "cut").rglob("*.tmp"))
    said = command("class", "--num-ts", 5, "--epochs", 40, "--name", "cut")
    assert f"continues after epoch {done}" in said
    command("class", "--num-ts", 5, "--epochs", 40, "--name", "whole")
    assert same_weights(tmp_path / "cut", tmp_path / "whole")

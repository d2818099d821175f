"""Nothing outlives the judge, not even when it is killed where it stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.sandbox.janitor import processes_of
from autograder.tests.support.processes import eventually
from autograder.tests.support.sandbox import JUDGE

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="finds the workers by their uids")


def test_a_judge_that_is_killed_leaves_no_process_and_no_file(isolation, hostile):
    command = [sys.executable, str(JUDGE), "run", isolation.name, str(hostile), "leave_a_daemon"]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY.root)}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as judge:
        try:
            uid, folder = judge.stdout.readline().split()
            # The worker and the daemon that it left; a snapshot may miss one that is just forked.
            assert eventually(lambda: len(processes_of(int(uid))) >= 2)
            assert Path(folder).is_dir()
        finally:
            judge.kill()
    assert eventually(lambda: not processes_of(int(uid)))
    assert eventually(lambda: not Path(folder).exists())
    assert not list(Path("/sys/fs/cgroup").glob(f"**/autograder-{judge.pid}-*"))

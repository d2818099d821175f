"""A small load test, for real."""

import json
import os
import subprocess
import sys

import pytest

from autograder.config.paths import REPOSITORY

ROOT = REPOSITORY.root


@pytest.mark.validation
@pytest.mark.usefixtures("long_run")
def test_a_small_class_is_graded_and_killed_and_nothing_is_lost(tmp_path):
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "autograder.validation.performance.loadtest",
                "--part",
                "kills",
                "--kills",
                "1",
            ),
            *("--jobs", "1", "--output", str(tmp_path / "out"), "--keep", str(tmp_path / "kept")),
        ],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kill -9: 1 times; 0 lost" in done.stdout
    found = json.loads((tmp_path / "out" / "loadtest.json").read_text())["kills"]
    assert found["kills"] == 1 and found["runs_that_came_to_an_end"] >= 1

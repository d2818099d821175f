"""What the limits of `editing_results` rest on: the command measures and prints it."""

import re
import subprocess
import sys

import pytest

from autograder.config.paths import REPOSITORY


@pytest.mark.slow
def test_the_solution_is_far_above_the_limits():
    words = [sys.executable, "-m", "autograder.validation.editing_results", "--seeds", "3"]
    ended = subprocess.run(words, cwd=REPOSITORY.root, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *("guided", "inpainted as 3", "inpainted as 8", "anagrams"),
        "smallest step of the distances",
    ]
    for line in lines:
        smallest, limit = re.findall(r"smallest ([-\d.]+) of 3; limit ([\d.]+)", line)[0]
        assert float(smallest) > float(limit) + 0.02, line

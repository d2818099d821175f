"""Checks are found wherever the repository lies."""

import os
import shutil
import subprocess
import sys

import pytest

from autograder.tests.support.repository import copy_of_the_repository

NOBODY = 65534
# Root may list everything, unless it gives these up.
LESS = "-dac_override,-dac_read_search"
COLLECT = "from autograder.grading.judging.checks import collect_checks; print(collect_checks())"


def test_a_folder_above_may_be_one_that_cannot_be_listed(tmp_path):
    """As /home often is: others may pass through it (711)."""
    home = tmp_path / "home"
    home.mkdir()
    copy, command = copy_of_the_repository(home / "clone"), [sys.executable, "-c", COLLECT]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may list every folder, and setpriv is not installed")
        os.chown(home, NOBODY, NOBODY)
        home.chmod(0o711)
        command = ["setpriv", f"--bounding-set={LESS}", f"--inh-caps={LESS}", *command]
    else:
        home.chmod(0o311)
    try:
        ran = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    finally:
        home.chmod(0o755)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("CheckInfo(") > 100 and ran.stdout.endswith("problems=())\n")

"""Commands in a copy of the repository in which a folder was renamed."""

import os
import shutil
import subprocess
import sys

import pytest

from autograder.tests.support.repository import copy_of_the_repository

pytestmark = pytest.mark.usefixtures("grading_run")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return copy_of_the_repository(tmp_path_factory.mktemp("renamed") / "repository")


@pytest.mark.parametrize(
    "command", [["lint"], ["grade", "starter"], ["release", "--only", "student"]]
)
@pytest.mark.parametrize("folder", ["autograder/grading/judging", "checkkit", "tests"])
def test_a_folder_that_others_import_from_is_told_in_a_sentence(copy, folder, command):
    (copy / folder).rename(copy / "renamed")
    (copy / folder / "__pycache__").mkdir(parents=True)  # as git leaves it
    try:
        done = subprocess.run(
            [sys.executable, "-m", "autograder", *command],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        shutil.rmtree(copy / folder)
        (copy / "renamed").rename(copy / folder)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert f"{folder} holds no .py file" in done.stdout + done.stderr
    assert "autograder/config/paths.py" in done.stdout + done.stderr

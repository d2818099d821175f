"""`make matrix` finds the Pythons, installs the oldest torch, and fails where tests fail."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from autograder.config.paths import REPOSITORY

SCRIPT = REPOSITORY.at(".ci/matrix")
# In place of the real one, which would install torch: lists Pythons, and makes environments in
# which all tests pass with 3.12 and fail with others.
UV = """#!/bin/sh
case "$1 $2" in
"python list") printf '%s\\n' "cpython-3.13.0-linux /b/python" "cpython-3.12.1-linux /a/python" \
  "cpython-3.12.0-linux /c/python" "pypy-3.11.9-linux /d/python" ;;
"venv "*)
  for folder; do :; done
  mkdir -p "$folder/bin"
  case $folder in *3.12) status=0 ;; *) status=1 ;; esac
  printf '#!/bin/sh\\necho "$@"; exit %s\\n' $status >"$folder/bin/python"
  chmod +x "$folder/bin/python" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with the script, the pinned packages, and this `uv`."""
    uv = tmp_path / ".venv" / "bin" / "uv"
    for folder in (uv.parent, tmp_path / ".ci"):
        folder.mkdir(parents=True)
    uv.write_text(UV)
    uv.chmod(0o755)
    shutil.copy(SCRIPT, tmp_path / ".ci")
    shutil.copy(REPOSITORY.lock, tmp_path)
    return tmp_path


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess:
    command = ["sh", str(checkout / ".ci" / "matrix"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_without_a_name_every_python_runs_once_and_then_the_oldest_torch(checkout):
    ran = run(checkout)
    assert re.findall("^== (.*)$", ran.stdout, re.MULTILINE) == ["3.12", "3.13", "torch2.6"]
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1] == "Failed: 3.13 torch2.6"


def test_a_run_in_which_all_pass_says_so_and_hands_arguments_to_pytest(checkout):
    ran = run(checkout, "3.12", "--", "tests/test_blocks.py", "-x")
    assert ran.returncode == 0
    *_, pytest_line, last = ran.stdout.splitlines()
    assert pytest_line.startswith("-m pytest ") and pytest_line.endswith("tests/test_blocks.py -x")
    assert last == "All passed: 3.12"


def test_the_environment_of_the_oldest_torch_keeps_every_pin_but_those_of_torch(checkout):
    run(checkout, "torch2.6", "3.12")
    lock = REPOSITORY.lock.read_text().splitlines()
    lines = (checkout / ".venv/matrix/torch2.6.txt").read_text().splitlines()
    names = {line.partition("==")[0] for line in set(lock) - set(lines)}
    assert {"torch", "torchvision", "sympy", "triton", "nvidia-cublas"} <= names
    assert all(re.match(r"torch|sympy|triton|nvidia-|cuda-", name) for name in names)
    assert set(lines) - set(lock) == {"torch==2.6.0", "torchvision==0.21.0"}
    assert (checkout / ".venv/matrix/3.12.txt").read_text().splitlines() == lock


def test_a_python_that_is_not_there_is_refused():
    refused = run(REPOSITORY.root, "3.99")
    assert refused.returncode == 1
    assert "3.99" in refused.stderr and refused.stdout.splitlines()[-1] == "Failed: 3.99"

"""`make matrix` finds every Python, installs the oldest torch, and fails where tests fail."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from autograder.config.paths import REPOSITORY

SCRIPT = REPOSITORY.at(".ci/matrix.py")
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def matrix() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("matrix", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["matrix"] = module  # where dataclasses look for their module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["matrix"]


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(SCRIPT), *arguments]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "PATH": path}
    )


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_python_is_found_by_the_version_that_it_says(matrix, tmp_path):
    renamed = program(tmp_path / "python3.19", f'exec {sys.executable} "$@"')
    found = matrix.find_pythons([renamed])
    assert list(found) == [HERE]
    assert found[HERE].samefile(sys.executable)


def test_what_does_not_start_or_is_too_old_is_no_python_of_the_matrix(matrix, tmp_path):
    shim = program(tmp_path / "python3.18", "echo 'pyenv: python3.18: command not found'; exit 127")
    old = program(tmp_path / "python3.10", "echo 3 10 13 /usr/bin/python3.10")
    assert matrix.find_pythons([shim, old, tmp_path / "missing"]) == {}


def test_of_two_pythons_of_a_version_the_first_counts_and_versions_are_in_order(matrix, tmp_path):
    say = [(13, "a"), (13, "b"), (9, "c"), (11, "d")]
    paths = [program(tmp_path / name, f"echo 3 {minor} 0 {tmp_path / name}") for minor, name in say]
    assert matrix.find_pythons(paths) == {"3.11": tmp_path / "d", "3.13": tmp_path / "a"}


def test_the_environment_of_the_oldest_torch_keeps_every_pin_but_those_of_torch(matrix):
    lock = REPOSITORY.lock.read_text()
    lines = matrix.with_oldest_torch(lock).splitlines()
    removed = set(lock.splitlines()) - set(lines)
    names = {re.split(r"==", line)[0] for line in removed}
    assert {"torch", "torchvision", "sympy", "triton", "nvidia-cublas"} <= names
    assert all(re.match(r"torch|sympy|triton|nvidia-|cuda-", name) for name in names)
    assert set(lines) - set(lock.splitlines()) == {"torch==2.6.0", "torchvision==0.21.0"}


def test_the_oldest_python_gets_the_oldest_torch(matrix):
    pythons = {"3.11": Path("/a"), "3.13": Path("/b")}
    made = matrix.environments(pythons, "torch==9.9\npyyaml==6.0.3\n")
    assert list(made) == ["3.11", "3.13", "torch2.6"]
    assert made["torch2.6"].python == Path("/a")
    assert "torch==9.9" in made["3.13"].requirements
    assert "torch==9.9" not in made["torch2.6"].requirements


def test_the_numbers_of_the_table_come_from_the_last_line_of_pytest(matrix):
    last = "==== 2 failed, 310 passed, 7 skipped, 1 error in 61.20s (0:01:01) ===="
    counts = matrix.read_counts(last)
    assert counts == {"failed": 2, "passed": 310, "skipped": 7, "error": 1}
    assert matrix.read_counts("said: 3 failed") == {}
    row = matrix.table([("3.13", "pytest ended with 1", counts, 90.0)]).splitlines()[1]
    assert row.split() == ["3.13", "pytest", "ended", "with", "1", "310", "3", "7", "1.5"]


def test_the_python_that_runs_the_script_is_listed():
    listed = run("--list")
    assert listed.returncode == 0, listed.stderr
    assert HERE in [line.split()[0] for line in listed.stdout.splitlines()]


def test_an_environment_that_is_not_there_is_refused_with_those_that_are():
    refused = run("4.2")
    assert refused.returncode == 2
    assert "no environment 4.2; found: " in refused.stderr
    assert "torch2.6" in refused.stderr

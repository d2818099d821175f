"""What all commands have in common: exit codes, Ctrl-C, and requests that name their fields."""

import ast
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial

import psutil
import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.config.paths import REPOSITORY, files_in
from autograder.exit_codes import ExitCode
from autograder.grading.judging.checks import collect_checks

# Programs that stand alone, and processes that no person starts.
OTHERS = ("release/given", "loadtest/reaping.py", "support/gradescope/container.py")
SOURCES = [
    path
    for path in files_in(REPOSITORY.autograder, ".py")
    if not any(
        part in path.as_posix() for part in (*OTHERS, "/tests/", "/demo_submissions/", "/right/")
    )
]


def test_codes_are_those_of_shells_and_of_usage_errors():
    assert [int(code) for code in ExitCode] == [0, 1, 2, 128 + signal.SIGINT]
    assert len({code.meaning for code in ExitCode}) == len(ExitCode)


@pytest.mark.parametrize("source", ["help", "docs/guide.md"])
def test_help_and_guide_say_every_code_in_the_same_words(source):
    shown = CliRunner().invoke(app, ["--help"]).output if source == "help" else None
    words = " ".join((shown or (REPOSITORY.root / source).read_text()).split())
    for code in ExitCode:
        assert f"{code:d} {code.meaning}" in words


def test_no_command_has_exit_codes_of_its_own():
    own = re.compile(
        r"Exit\(\d|sys\.exit\([\d\"f]|= 0, 1, 2|SystemExit\([\d\"f]|typer\.(run|Typer)\("
    )
    found = {path.name for path in SOURCES if own.search(path.read_text())}
    # The one forks end with: what a parent reads, nobody else.
    assert found == {"command_line.py", "forking.py"}


def test_every_request_takes_its_fields_by_name_alone():
    requests = [
        (path, node)
        for path in SOURCES
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Request")
    ]
    assert len(requests) >= 8
    for path, node in requests:
        assert "kw_only=True" in ast.unparse(node.decorator_list[0]), path


LONG_COMMANDS = {
    "without an answer of its own": ["-m", "autograder", "demo", "--output"],
    "of forked processes": ["-m", "autograder", "check", "--mutants", "--jobs", "1", "--output"],
    "of a module": [
        "-m",
        "autograder.validation.performance.loadtest",
        "--part",
        "overhead",
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


def test_ctrl_c_while_checks_are_collected_is_not_taken_for_no_checks(tmp_path):
    (tmp_path / "test_slow.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        collect_checks([tmp_path])

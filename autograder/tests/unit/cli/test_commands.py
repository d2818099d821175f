"""What all commands have in common: exit codes, and requests that name their fields."""

import ast
import errno
import re
import signal

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.command_line import command_line
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


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--only", "x"], "give exactly one of"),
        (["--known-bugs", "--false-failures"], "give exactly one of"),
        (["--known-bugs", "--seeds", "3"], "--seeds is only for --false-failures"),
        (["--mutation", "--training"], "--training is only for --known-bugs"),
        (["--known-bugs", "--write"], "--write is only for --false-failures"),
    ],
)
def test_a_validation_refuses_options_that_would_do_nothing(options, problem):
    ran = CliRunner().invoke(app, ["validate", *options], env={"COLUMNS": "200"})
    assert ran.exit_code == ExitCode.BAD_REQUEST
    assert problem in ran.output


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (["--mutants", "--only", "stackd"], "validate --known-bugs", "did you mean stacked?"),
        (["--nulls", "--seeds", "0"], "validate --false-failures", "'--seeds'"),
        (["--mutation", "--only", "data"], "validate --mutation", "no mutated file has this name"),
        (["--wirte"], "lint", "No such option: --wirte"),
    ],
)
def test_old_words_work_and_print_the_new_ones(tmp_path, old, new, problem):
    ran = CliRunner().invoke(app, ["check", *old], env={"COLUMNS": "200"})
    assert ran.exit_code == ExitCode.BAD_REQUEST
    assert f"`autograder check` is deprecated: use `autograder {new}`\n" in ran.stderr
    assert problem in ran.stderr


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
    for path, node in requests:
        assert "kw_only=True" in ast.unparse(node.decorator_list[0]), path


def test_ctrl_c_while_checks_are_collected_is_not_taken_for_no_checks(tmp_path):
    (tmp_path / "test_slow.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        collect_checks([tmp_path])


def test_a_full_disk_is_named_in_a_line():
    commands = command_line()

    @commands.command()
    def fill():
        raise OSError(errno.ENOSPC, "No space left on device", "results/x")

    @commands.command()
    def other():
        pass

    ran = CliRunner().invoke(commands, ["fill"])
    assert ran.exit_code == ExitCode.BAD_REQUEST
    assert ran.output == (
        "The disk that holds results/x is full. Free some space and run the same command again.\n"
    )

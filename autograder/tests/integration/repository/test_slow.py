"""What runs by default, with --slow and with -m; and that a fast test cannot be a slow one."""

import sys

import pytest

from autograder.config.paths import REPOSITORY
from autograder.tests.support.slow import (
    ATTACKS,
    FOLDER,
    TOGETHER,
    group_of,
    misplaced,
    starts_something_slow,
)

pytest_plugins = "pytester"

TESTS = """
import subprocess, sys
import pytest

@pytest.fixture(scope="session")
def graded(grading_run):
    return 1

def test_fast():
    pass

def test_slow(graded):
    pass

@pytest.mark.validation
def test_validation():
    pass

def test_slow_in_disguise():
    subprocess.run([sys.executable, "-m", "autograder", "grade", "--help"])
"""


@pytest.fixture
def ran(pytester):
    """Run the tests above with these arguments; how many passed, failed and were left out."""
    pytester.makepyfile(TESTS)
    plugins = ("-p", "checkkit.plugin", "-p", "autograder.tests.support.slow")

    def ran(*arguments: str) -> dict[str, int]:
        return pytester.runpytest_inprocess(*plugins, *arguments).parseoutcomes()

    return ran


def test_a_bare_run_leaves_out_what_is_slow_and_fails_what_is_slow_and_does_not_say_so(ran):
    assert ran() == {"passed": 1, "failed": 1, "deselected": 2}


def test_slow_tests_run_when_they_are_asked_for(ran):
    assert ran("--slow") == {"passed": 2, "failed": 1, "deselected": 1}
    assert ran("--slow", "-m", "slow") == {"passed": 1, "deselected": 3}


def test_tests_of_the_validation_run_only_by_their_name(ran):
    assert ran("-m", "validation") == {"passed": 1, "deselected": 3}


@pytest.mark.parametrize(
    ("words", "slow"),
    [
        ([sys.executable, "-m", "autograder", "grade", "x.zip"], True),
        (["/venv/bin/autograder", "release"], True),
        (["/usr/bin/chromium", "--headless"], True),
        ([sys.executable, "-m", "ipykernel_launcher", "-f", "x.json"], True),
        ([sys.executable, "-m", "autograder", "--help"], False),
        ([sys.executable, "-c", "print('grade')"], False),
    ],
)
def test_a_command_line_shows_whether_it_is_slow(words, slow):
    assert starts_something_slow(words) is slow


SLOW = FOLDER
ATTACKED = f"{SLOW}/validation/attacks"


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        (f"{SLOW}/grading/batch/test_pool.py::test_it", f"{SLOW}/grading/batch/test_pool.py"),
        (f"{SLOW}/grading/gradebook/test_course.py::test_it[a/b-c]", f"{SLOW}/grading/gradebook"),
        (f"{ATTACKED}/test_attacks.py::test_it[bwrap-quick-a_b]", f"{ATTACKED}-bwrap-quick"),
        (f"{ATTACKED}/test_attacks.py::test_all[bwrap-quick]", f"{ATTACKED}-bwrap-quick"),
        (f"{ATTACKED}/test_attacks.py::test_it[user-digits-x]", f"{ATTACKED}-user-digits"),
        ("unit/grading/gradebook/test_a.py::test_it", "unit/grading/gradebook/test_a.py"),
        ("tests/test_sample.py::test_it", "tests/test_sample.py"),
    ],
)
def test_what_shares_something_expensive_runs_in_one_process(nodeid, group):
    assert group_of(nodeid) == group


@pytest.mark.parametrize(
    ("file", "slow", "wrong"),
    [
        ("autograder/tests/unit/test_a.py", False, False),
        ("autograder/tests/unit/test_a.py", True, True),
        ("autograder/tests/slow/cli/test_a.py", True, False),
        ("autograder/tests/slow/cli/test_a.py", False, True),
        ("tests/test_sample.py", True, False),
    ],
)
def test_slow_tests_lie_among_slow_ones(file, slow, wrong):
    assert misplaced(f"{file}::test_it", slow) is wrong


def test_every_folder_whose_files_are_kept_together_holds_some():
    tests = REPOSITORY.own_tests / "slow"
    assert all(len(list((tests / folder).glob("test_*.py"))) > 1 for folder in TOGETHER)
    assert list((tests / ATTACKS).glob("test_*.py"))


def test_every_test_of_a_group_runs_in_the_same_process(pytester):
    log = pytester.path / "log"
    for folder in ("shared", "other"):
        place = pytester.path / (f"slow/{TOGETHER[0]}" if folder == "shared" else folder)
        place.mkdir(parents=True)
        for file in ("a", "b"):
            group = folder if folder == "shared" else folder + file
            (place / f"test_{folder}_{file}.py").write_text(
                "import os, pathlib, pytest\n"
                "@pytest.mark.parametrize('n', range(6))\n"
                "def test_it(n):\n"
                f"    with open({str(log)!r}, 'a') as log:\n"
                f"        log.write('{group} %d\\n' % os.getpid())\n"
            )
    plugins = ("-p", "checkkit.plugin", "-p", "autograder.tests.support.slow", "-n", "2")
    pytester.runpytest_subprocess(*plugins, "--dist", "loadscope").assert_outcomes(passed=24)
    processes: dict[str, set[str]] = {}
    for line in log.read_text().splitlines():
        group, process = line.split()
        processes.setdefault(group, set()).add(process)
    assert {group: len(pids) for group, pids in processes.items()} == {
        "shared": 1,
        "othera": 1,
        "otherb": 1,
    }
    assert len(set.union(*processes.values())) == 2

"""What runs by default, with --slow and with -m; and that a fast test cannot be a slow one."""

import sys

import pytest

from .slow import starts_something_slow

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
    plugins = ("-p", "tests.plugin", "-p", "autograder.tests.support.slow")

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

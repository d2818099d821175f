"""No regular expression that meets text of students takes more than linear time."""

import re
import subprocess
import sys

import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.intake.figures import IN_NOTEBOOK
from autograder.tests.support.patterns import used_patterns

OF_THE_JUDGE = ("autograder.grading.intake", "autograder.grading.review")


def slow(*patterns: str) -> list[str]:
    command = [sys.executable, "-m", "autograder.tests.support.patterns", *patterns]
    done = subprocess.run(command, cwd=REPOSITORY.root, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_all_patterns_take_linear_time():
    assert not slow()


@pytest.mark.parametrize(
    "pattern",
    [
        r'"image/png":\s*\[?\s*"',  # two parts that match the same
        r"(\w+)\(\)",  # begins anew at every letter
        r"fill in (.+) in it",  # begins anew at every word, and runs to the end
    ],
)
def test_a_quadratic_pattern_is_found(pattern):
    assert slow(pattern, r"\w++") == [f"given: {pattern!r}"]


def test_patterns_are_collected_with_the_methods_that_are_called():
    found = used_patterns(OF_THE_JUDGE)
    methods = {used.pattern: used.methods for used in found}
    assert methods[IN_NOTEBOOK] == {"finditer"}
    inline = re.compile(r"[0-9a-f]{12}")  # in a call
    assert methods[inline] == {"fullmatch"}


def test_figures_are_found_where_a_notebook_has_them():
    lines = [b'"image/png": "QUJD"', b'"image/png":[ "QUJD\\n"]', b'"image/png":\n[\n"QUJD"']
    assert [match[1] for match in IN_NOTEBOOK.finditer(b", ".join(lines))] == [
        *(b"QUJD", b"QUJD\\n", b"QUJD")
    ]
    assert not IN_NOTEBOOK.search(b'"image/png": null, "image/png": ["' + b"A" * 1000)

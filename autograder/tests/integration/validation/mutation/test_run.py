"""`autograder validate --mutation` refuses what makes no sense."""

import pytest

from autograder.tests.support.processes import python


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--mutation", "--only", "data"),
            "--only data.py: no mutated file has this name; did you mean",
        ),
        (("--mutation", "--known-bugs"), "give exactly one"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(arguments, said):
    done = python("-m", "autograder", "validate", *arguments)
    assert done.returncode == 2 and said in " ".join(done.stderr.replace("│", " ").split())

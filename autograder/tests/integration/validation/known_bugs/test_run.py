"""`autograder validate --known-bugs` refuses names that no entry has."""

from autograder.tests.support.processes import python

CHECK = ("-m", "autograder", "validate", "--known-bugs", "-j", "2")


def test_a_name_that_no_entry_has_is_refused(tmp_path):
    done = python(*CHECK, "--only", "stackd", "--output", tmp_path)
    assert done.returncode == 2 and "did you mean stacked?" in done.stderr

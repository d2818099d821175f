"""In which order checks run."""

from autograder.config.paths import REPOSITORY
from autograder.grading.judging.checks import CheckInfo, folders_of


def test_visible_checks_run_before_hidden_ones():
    hidden = CheckInfo("test_hidden_schedule::test_x", "hidden_schedule", True, False)
    visible = CheckInfo("test_schedule::test_x", "schedule", False, False)
    assert folders_of([hidden, visible]) == [REPOSITORY.checks, REPOSITORY.hidden]
    assert folders_of([hidden]) == [REPOSITORY.hidden]

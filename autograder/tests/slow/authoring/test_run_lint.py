"""`autograder lint` on this repository."""

import pytest

from autograder.authoring import run_lint as command
from autograder.config.paths import REPOSITORY

ROOT = REPOSITORY.root


@pytest.mark.usefixtures("long_run")
def test_this_repository_is_in_order():
    assert [str(finding) for finding in command.findings(ROOT)] == []

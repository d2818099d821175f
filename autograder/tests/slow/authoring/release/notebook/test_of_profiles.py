"""The solved notebook of every profile, run from its first cell to its last in a real kernel."""

import pytest

from autograder.authoring.release.notebook.execution import execution_findings
from autograder.config import load_course
from autograder.config.paths import REPOSITORY
from autograder.config.profiles import profile_names

pytestmark = pytest.mark.validation


@pytest.mark.usefixtures("notebook_kernel")
@pytest.mark.parametrize("profile", profile_names(REPOSITORY.grading))
def test_the_solved_notebook_of_a_profile_earns_all_and_draws_all(profile):
    assert list(map(str, execution_findings(load_course(profile=profile)))) == []

"""`pytest --impl=PATH`: the checks judge a folder whose code nobody trusts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.config import GradingError, load_course
from autograder.grading.intake import BadSubmission, read_submission
from autograder.grading.intake.policy import policy_of
from autograder.grading.sandbox import IsolationUnavailable, choose
from checkkit.runner.session import SESSION, Runner, task_of

from .job import Job
from .workspace import Workspace


def runner_for_pytest(config: pytest.Config, folder: Path) -> Callable[[pytest.Item], Runner]:
    """What gives each check its runner, as in grading: overlaid on the starter, sandboxed.

    Raises:
        pytest.UsageError: the folder cannot be graded, or nothing can be confined here.
    """
    try:
        isolation, course = choose(), load_course()
        submission = read_submission(folder, policy_of(course))
    except (BadSubmission, GradingError, IsolationUnavailable) as error:
        raise pytest.UsageError(str(error)) from None
    limits = {name: task.time_limit for name, task in course.auto_tasks.items()}
    session = config.stash[SESSION]
    session.time_limit = lambda item: limits.get(task_of(item) or "", 60.0)
    session.names, session.ownership = course.names, course.ownership
    session.enabled_tasks = course.enabled_tasks
    workspace = Workspace(Job("impl", folder, submission), isolation, course)
    config.add_cleanup(workspace.close)
    return workspace.runner_for

"""The solution does not pass a check of the course: one of the two is wrong."""

from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config import Course
from autograder.config.paths import Repository
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.result import Scope
from autograder.grading.judging.seeds import run_seed
from autograder.validation.baseline import TIME_LIMIT, failures, solution_job
from autograder.validation.known_bugs.forking import run_forked

from .sources import place_of


def solution_findings(root: Path, course: Course, scope: Scope) -> Iterator[Finding]:
    """Every check of the scope, of those that train none, that the solution does not pass.

    Raises:
        StripError: the solution cannot be read, or a name of the course is taken.
    """
    job = solution_job(scope, Judge(run_seed(None), training=False), root)
    (result,) = run_forked([job], 1, TIME_LIMIT)
    for failure in failures(result):
        file, line = Repository.solution_package.name, 1
        if failure.check:
            file, line = place_of(root, failure.check)
        problem = f"the solution does not pass {failure}; correct the solution, or this check"
        yield Finding(file, line, problem if failure.check else failure.message)

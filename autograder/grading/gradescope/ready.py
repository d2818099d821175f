"""The last step of setup.sh: check that submissions can be graded in this image.

python -m autograder.grading.gradescope.ready
"""

import sys

from autograder.config import GradingError, load_course
from autograder.exit_codes import ExitCode
from autograder.grading.judging.scope import scope_of
from autograder.grading.sandbox import IsolationUnavailable, choose


def main() -> ExitCode:
    """Print whether grading works here: OK if it does, else FAILED."""
    try:
        course = load_course()
        isolation = choose("auto")
    except GradingError as error:
        return _refuse(f"grading.yaml cannot be used:\n{error}")
    except IsolationUnavailable as error:
        return _refuse(f"submissions cannot be isolated on this machine:\n{error}")
    scope, problems = scope_of(course, tuple(course.auto_tasks))
    if problems:
        return _refuse("the checks are not consistent:\n" + "\n".join(problems))
    import torch

    print(
        f"Ready: {len(scope.checks)} checks, isolation {isolation.name}, torch {torch.__version__}"
    )
    return ExitCode.OK


def _refuse(why: str) -> ExitCode:
    print(f"This autograder would not work: {why}", file=sys.stderr)
    return ExitCode.FAILED


if __name__ == "__main__":
    sys.exit(main())

"""The last word of setup.sh: whether a submission could be graded here.

    python -m autograder.grading.gradescope.ready

It is better to know when the image is built than when the first student hands in.
"""

import sys

from autograder.config import GradingError, load_course
from autograder.exit_codes import ExitCode
from autograder.grading.judging.scope import scope_of
from autograder.grading.sandbox import IsolationUnavailable, choose


def main() -> ExitCode:
    """Say what works, or what does not: OK if everything does, else FAILED."""
    try:
        course = load_course()
        isolation = choose("auto")
    except GradingError as error:
        return _refuse(f"grading.yaml cannot be used:\n{error}")
    except IsolationUnavailable as error:
        return _refuse(
            f"submissions cannot be confined on this machine, so none would be graded:\n{error}"
        )
    scope, loose = scope_of(course, tuple(course.auto_tasks))
    if loose:
        return _refuse("the checks are not in order:\n" + "\n".join(loose))
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

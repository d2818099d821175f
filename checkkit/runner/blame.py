"""Whose fault an exception is: that of the task whose check met it, or of one that it needs.

The submission says which functions an exception passed, and it may lie. A lie gains nothing: this
only decides between two outcomes without points.
"""

from collections.abc import Iterator

from ..text import one_line
from .names import original_names
from .outcomes import Blocked, Crash, Outcome, SubmissionRaised
from .results import CheckResult
from .session import CheckSession

WORDS = 160  # characters of the exception's text
INNOCENT = (Outcome.PASSED, Outcome.NOT_RUN, Outcome.GRADER_ERROR)


def blocked(error: BaseException, task: str, session: CheckSession) -> Blocked | None:
    """What to raise instead, if a check of `task` met an exception for which another task is to
    blame: code of that task raised it, and a check of that task has failed.

    A task whose checks all pass is right: whoever called its code gave it wrong arguments. Of a
    task that asks for several names, a check must have failed with an exception in the same name.
    """
    crash = getattr(error, "crash", None)
    if not isinstance(crash, Crash):
        return None
    owner, original = session.ownership.owner, original_names(session.names)
    of = {name: owner.get(original.get(name, name)) for name in crash.inside}
    tasks = list(dict.fromkeys(filter(None, of.values())))  # the innermost first
    for other in tasks:
        if other == task or (other == tasks[-1] and other not in session.ownership.needed(task)):
            return None  # what the check itself called
        names = [name for name in of if of[name] == other]
        alone = [*owner.values()].count(other) == 1
        for result in _failed(session, other):
            if found := [name for name in names if alone or name in result.inside]:
                why = f"`{found[-1]}` (task {other}) raises {_raised(error)}"
                return Blocked(result.sentence, why)
    return None


def hanging(task: str, session: CheckSession) -> CheckResult | None:
    """A check that timed out, of this task or of one that it needs: others would wait as long."""
    tasks = {task} | session.ownership.needed(task)
    hung = (one for one in session.results if one.outcome is Outcome.TIMED_OUT)
    return next((one for one in hung if one.task in tasks), None)


def _failed(session: CheckSession, task: str) -> Iterator[CheckResult]:
    latest = {result.check: result for result in session.results}
    for result in latest.values():
        if result.task == task and result.outcome not in INNOCENT:
            yield result


def _raised(error: BaseException) -> str:
    if isinstance(error, SubmissionRaised):
        return one_line(f"{error.kind}: {error.text}", WORDS)
    return one_line(f"{type(error).__name__}: {error}", WORDS)

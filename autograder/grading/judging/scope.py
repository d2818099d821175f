"""What a run grades: from the words of the command line to tasks and their checks."""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from autograder.config import Course
from checkkit.runner.names import spoken
from checkkit.runner.session import goes_by

from .checks import collect_checks
from .consistency import loose_ends
from .graded import Scope


def chosen_tasks(course: Course, only: Sequence[str]) -> tuple[str, ...]:
    """The tasks to grade, in the order of grading.yaml.

    Raises:
        ValueError: a name is no task that checks grade.
    """
    known = tuple(course.auto_tasks)
    for name in only:
        if name not in known:
            if any(task.id == name for task in course.tasks):
                raise ValueError(f"--only {name}: a person grades this task; no check can")
            close = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean {close[0]}?" if close else f"tasks: {', '.join(known)}"
            raise ValueError(f"--only {name}: there is no such task; {meant}")
    return tuple(name for name in known if not only or name in only)


def scope_of(course: Course, tasks: Sequence[str]) -> tuple[Scope, list[str]]:
    """The tasks with their checks, and what is not in order between the two."""
    collected = collect_checks()
    left_out = {name: course.auto_tasks[name].without for name in tasks}
    checks = tuple(
        replace(
            check,
            sentence=spoken(check.sentence, course.names),
            hint=spoken(check.hint, course.names),
        )
        for check in collected.checks
        if check.task in tasks and not goes_by(check.name, left_out[check.task])
    )
    return Scope(course, checks, tuple(tasks)), list(loose_ends(course, collected))

"""Check that every task of grading.yaml has checks, and that every check has a task."""

from collections import Counter
from collections.abc import Iterator

from autograder.config import Course
from checkkit.runner.session import is_named

from .checks import CheckInfo, Collected


def inconsistencies(course: Course, collected: Collected) -> Iterator[str]:
    """Where grading.yaml and the checks do not fit together, and what to do about it."""
    yield from collected.problems
    for name, count in Counter(check.name for check in collected.checks).items():
        if count > 1:
            yield f"{name}: {count} checks have this name; files of checks need different names"
    for check in collected.checks:
        yield from _task_problem(course, check)
    for task in course.known_tasks.values():
        checks = [check for check in collected.checks if check.task == task.id]
        if not checks:
            yield f"task {task.id}: no check grades it; write one, or say kind: manual"
        for name in task.weights.keys() - {check.function for check in checks}:
            yield f"task {task.id}: weights names {name}, which is none of its checks"
        for name in task.without:
            if not any(is_named(check.name, [name]) for check in checks):
                yield f"task {task.id}: without names {name}, which is none of its checks"
        if checks and all(is_named(check.name, task.without) for check in checks):
            yield f"task {task.id}: without leaves none of its checks; leave out the task"


def _task_problem(course: Course, check: CheckInfo) -> Iterator[str]:
    task = course.known_tasks.get(check.task)
    if task is None:
        yield f"{check.name}: grading.yaml has no auto task {check.task}; add it there"
    elif check.hidden and not task.hidden:
        yield f"{check.name}: students never see it, but its task {task.id} is visible; hide that"
    elif task.hidden and not check.hidden:
        yield f"{check.name}: students receive it, but its task {task.id} is hidden; move the check"

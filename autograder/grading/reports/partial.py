"""What a run leaves out, in one sentence for each page."""

from collections.abc import Collection

from autograder.config import Task
from autograder.grading.gradebook.grades import SubmissionGrades
from autograder.grading.judging.result import SubmissionResult

OF_THE_RUN = ("not run: ", "only some tasks")  # how the flags begin that say the same


def left_out(
    grades: SubmissionGrades, published: bool = True, elsewhere: Collection[str] = ()
) -> str:
    """Which tasks were not graded, or not by all of their checks; nothing if all were.

    Args:
        published: also name tasks that students see later.
        elsewhere: tasks that are graded elsewhere, so that nothing is missing.
    """
    result, scope = grades.result, grades.result.scope
    others = {*elsewhere, *grades.decided}
    tasks = [t for t in scope.course.auto_tasks.values() if t.points and t.id not in others]
    not_run = set() if result.stopped else {task.id for task in result.not_run}
    whole = [one for one in tasks if one.id not in scope.tasks or _leaves_out(result, one)]
    parts = [one for one in tasks if one.id in not_run and one not in whole]
    if not whole and not parts:
        return ""
    shown = [one for one in tasks if grades.shows(one, published)]
    words = [
        f"{words}: {titles}."
        for words, some in (("Not graded in this run", whole), ("Not all checks ran of", parts))
        if (titles := "; ".join(task.title for task in some if task in shown))
    ]
    words = words or ["This run graded only a part of the checks."]
    return " ".join([*words, "Points of checks that did not run are left out on this page."])


def _leaves_out(result: SubmissionResult, task: Task) -> bool:
    """Whether none of its checks is judged."""
    checks = result.scope.checks_of[task.id]
    return bool(checks) and all(result.leaves_out(check.name) for check in checks)

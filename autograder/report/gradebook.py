"""grades.csv: one row a submission, one column a task."""

import csv
import io
from collections.abc import Sequence

from autograder.judge.graded import Graded

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def grades_csv(submissions: Sequence[Graded]) -> str:
    """The gradebook as CSV (RFC 4180; UTF-8).

    A task's cell is empty where nothing was judged, where a person grades it, and where the points
    wait for a person; `flags` says which. A total is the sum of what is there.
    """
    if not submissions:
        return ""
    text = io.StringIO()
    course = submissions[0].scope.course
    header = ["submission"]
    for assignment in course.assignments:
        header += [task.id for task in assignment.tasks] + [f"{assignment.id}_total"]
    writer = csv.writer(text)
    writer.writerow([*header, "flags"])
    for graded in submissions:
        writer.writerow([defused(cell) for cell in _row(graded)])
    return text.getvalue()


def _row(graded: Graded) -> list[str]:
    cells = {} if graded.problem else {score.task.id: score for score in graded.scores()}
    row = [graded.name]
    for assignment in graded.scope.course.assignments:
        known = [cells[task.id] for task in assignment.tasks if task.id in cells]
        for task in assignment.tasks:
            score = cells.get(task.id)
            judged = score is not None and not score.withheld and score.judged
            row.append(f"{score.earned:g}" if judged else "")
        row.append(f"{round(sum(score.earned for score in known), 4):g}" if known else "")
    return [*row, "; ".join(graded.flags())]


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell

"""results.json in Gradescope's schema.

Students read `output` and `name`. Of a hidden check both say nothing but which task it belongs to,
and Gradescope shows it, and a total that includes it, as late as its `visibility` says. What people
decided is a line of its own, and so is lateness: the lines add up to the score.
"""

import json
from collections.abc import Iterator
from typing import Any

from autograder.config import Task
from autograder.grading.gradebook.grades import (
    BY_PEOPLE,
    AssignmentGrade,
    StudentGrade,
    SubmissionGrades,
    TaskGrade,
    grades_of,
    possible,
)
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scoring import TaskScore, total
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult
from checkkit.text import harmless, one_line

WITHHELD = "The points of this task wait for a person to look at it."
MISSING = "Some checks did not run; their points are missing here."
UNSUPPORTED = "This counts once a check that tests the result itself passes too."
DIFFER = "Lateness, or points that a person gave, differ between you: ask for your own."


def results_json(
    graded: SubmissionResult, marks: SubmissionGrades | None = None, published: bool = False
) -> str:
    """The text of results.json for what has been judged so far; in one line until it is whole."""
    indent = 1 if graded.finished else None  # Python's encoder is slow where it indents
    return json.dumps(results(graded, marks, published), indent=indent, allow_nan=False) + "\n"


def results(
    graded: SubmissionResult, marks: SubmissionGrades | None = None, published: bool = False
) -> dict[str, Any]:
    """results.json as a dict."""
    scores, marks = list(graded.scores()), marks or grades_of(graded)
    places, waiting = _places(graded), marks.pending
    return {
        "score": marks.total,
        "execution_time": round(graded.seconds, 3),
        "output": "\n".join(_preface(graded, marks)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {
            "submission": graded.name,
            "students": [_student(grade) for grade in marks.each if grade.student],
            "max_score": total(possible(one, graded) for one in marks.shared.assignments),
            "finished": graded.finished,
            "flags": graded.flags(marks.ruled),
            "isolation": graded.isolation,
            "of_record": graded.of_record,
            "seeds": graded.seeds,
            "started": graded.started,
            "submitted_at": graded.submitted_at,
            "published": published,
            "not_run": [r.check for s in scores for r in s.results if _left_out(s, r)],
            "tasks": {s.task.id: _task(s) for s in scores},
        },
        "tests": [
            *(
                _test(score, result, f"{places[score.task.id]}.{i}", score.task.id in waiting)
                for score in scores
                for i, result in enumerate(score.results, 1)
                if not _left_out(score, result)
            ),
            *_decided(graded, marks, places),
            *filter(None, map(_late, marks.shared.assignments)),
        ],
    }


def _places(graded: SubmissionResult) -> dict[str, str]:
    """The number of each task's part and its own, as in "2.3"."""
    return {
        task.id: f"{p}.{t}"
        for assignment in graded.scope.course.assignments
        for p, part in enumerate(assignment.parts, 1)
        for t, task in enumerate(part.tasks, 1)
    }


def _student(grade: StudentGrade) -> dict[str, Any]:
    assert grade.student is not None
    return {
        "id": one_line(grade.student.id),
        "scores": {a.assignment.id: a.total for a in grade.assignments if a.known},
        "late_days": {a.assignment.id: a.late.days for a in grade.assignments if a.late.days},
    }


# ------------------------------------------------------------------------------------- checks


def _left_out(score: TaskScore, result: CheckResult) -> bool:
    """Not run and worth nothing: a failed test on the platform would only alarm."""
    return result.outcome is Outcome.NOT_RUN and not score.shares[result.check]


def _task(score: TaskScore) -> dict[str, Any]:
    return {
        "score": score.earned,
        "max_score": score.task.points,
        "withheld": score.withheld,
        "visibility": score.task.visibility,
    }


def _test(score: TaskScore, result: CheckResult, number: str, waits: bool) -> dict[str, Any]:
    task = score.task
    return {
        "name": f"{task.title} ({number})" if task.hidden else f"{task.title}: {result.sentence}",
        "number": number,
        "score": round(score.points_of(result), 4),
        "max_score": round(score.shares[result.check], 4),
        "status": "passed" if result.outcome is Outcome.PASSED else "failed",
        "visibility": task.visibility,
        "output": "" if task.hidden else _output(score, result, waits),
        "extra_data": {
            "task": task.id,
            "check": _number_in(task, number) if task.hidden else result.check,
            "outcome": str(result.outcome),
            "seconds": round(result.seconds, 3),
        },
    }


def _number_in(task: Task, number: str) -> str:
    """A name for a hidden check that does not say what it checks."""
    return f"{task.id}::{number.rpartition('.')[2]}"


def _output(score: TaskScore, result: CheckResult, waits: bool) -> str:
    if result.outcome is Outcome.PASSED:
        return WITHHELD if waits else UNSUPPORTED if score.unsupported else ""
    words = [f"{str(result.outcome).capitalize()}.", result.message, result.hint]
    if result.outcome is Outcome.GRADER_ERROR:
        words = ["This check itself broke, which is not your fault."]
    return "\n\n".join([word for word in words if word] + [WITHHELD] * waits)


# ---------------------------------------------------------------------------- people and dates


def _decided(
    graded: SubmissionResult, marks: SubmissionGrades, places: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """A line for each task of which a person decided the points; on top of what checks gave."""
    scores = {score.task.id: score for score in graded.scores()}
    for name, line in marks.lines.items():
        if line.source in BY_PEOPLE and line.earned is not None:
            yield _decision(line, scores.get(name), f"{places[name]}.0")


def _decision(line: TaskGrade, score: TaskScore | None, number: str) -> dict[str, Any]:
    task, before = line.task, score.earned if score else 0.0
    assert line.earned is not None
    words = "graded by a person" if score is None else "points set by a person"
    return {
        "name": f"{task.title}: {words}, {line.earned:g} of {task.points:g}",
        "number": number,
        "score": round(line.earned - before, 4),
        "max_score": 0 if score else task.points,
        "status": "passed" if line.earned >= task.points else "failed",
        "visibility": task.visibility,
        "output": "" if task.hidden else harmless(line.reason),
        "extra_data": {"task": task.id, "source": line.source},
    }


def _late(grade: AssignmentGrade) -> dict[str, Any] | None:
    """The line for lateness, shown no sooner than the points that it follows from."""
    late = grade.late
    if not late.days and not late.deduction:
        return None
    hidden = [line.task.visibility for line in grade.lines if line.task.hidden]
    return {
        "name": f"{grade.assignment.title}: handed in late",
        "score": round(grade.total - total(line.earned or 0 for line in grade.lines), 4),
        "max_score": 0,
        "status": "failed",
        "visibility": hidden[0] if hidden else "visible",
        "output": harmless(late.text),
        "extra_data": {"assignment": grade.assignment.id, "late_days": late.days},
    }


def _preface(graded: SubmissionResult, marks: SubmissionGrades) -> list[str]:
    lines = []
    if graded.problem:
        lines.append(f"This submission could not be graded: {graded.problem}")
    if not graded.of_record:
        lines.append("Not of record: graded without isolation.")
    if graded.not_run:
        lines.append(MISSING)
    if not graded.finished and not graded.problem:
        lines.append("Grading has not finished; this is what is known so far.")
    if marks.differ:
        lines.append(DIFFER)
    if graded.from_starter:
        lines.append(
            f"Not handed in, so the starter's were taken: {', '.join(graded.from_starter)}"
        )
    if graded.ignored:
        lines.append(f"Ignored: {', '.join(graded.ignored)}")
    lines += graded.remarks
    return lines

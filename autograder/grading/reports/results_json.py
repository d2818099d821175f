"""results.json in Gradescope's schema.

Students read `output` and `name`. For a hidden check both only say which task it belongs to, and
Gradescope shows it, and a total that includes it, as late as its `visibility` says. Points that
people gave are a test of their own, and so is lateness: the tests add up to the score.
"""

import json
from collections.abc import Collection, Iterator
from typing import Any

from autograder.grading.gradebook.grades import (
    AssignmentGrade,
    StudentGrade,
    SubmissionGrades,
)
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scoring import TaskScore, total
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult, cards
from checkkit.text import harmless, one_line

from .partial import left_out

WITHHELD = "The points of this task wait until a person decides."
UNKNOWN_TIME = "the time of your submission is not known, so lateness is not counted here."
UNSUPPORTED = "This counts only if a check of the result itself also passes."


def results_json(grades: SubmissionGrades, published: bool = False) -> str:
    """The text of results.json for what has been judged so far."""
    indent = 1 if grades.result.finished else None  # Python's encoder is slow where it indents
    return json.dumps(results(grades, published), indent=indent, allow_nan=False) + "\n"


def results(
    grades: SubmissionGrades, published: bool = False, elsewhere: Collection[str] = ()
) -> dict[str, Any]:
    """results.json as a dict; `elsewhere` are tasks that are graded elsewhere."""
    result = grades.result
    scores, numbers = list(result.scores()), _numbers(result)
    return {
        "score": grades.shared.total,
        "execution_time": round(result.seconds, 3),
        "output": "\n".join(
            [
                *warnings(grades, published, elsewhere),
                *_unknown_times(grades),
                *_cards(result),
                *sources(result),
                *result.remarks,
            ]
        ),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {
            "submission": result.name,
            "students": [_student(grade) for grade in grades.students if grade.student],
            "max_score": grades.shared.possible,
            "after_due": sorted(grades.after_due),
            "finished": result.finished,
            "flags": result.flags(grades.decided),
            "isolation": result.isolation,
            "of_record": result.of_record,
            "seeds": result.seeds,
            "started": result.started,
            "submitted_at": result.submitted_at,
            "published": published,
            "not_run": [name for name in result.results if result.leaves_out(name)],
            "tasks": {
                score.task.id: {
                    "score": score.earned,
                    "max_score": score.possible,
                    "withheld": score.withheld,
                    "visibility": score.task.visibility,
                }
                for score in scores
            },
        },
        "tests": [
            *(
                _test(score, check, f"{numbers[score.task.id]}.{i}", grades.pending)
                for score in scores
                for i, check in enumerate(score.results, 1)
            ),
            *_decisions(grades, {score.task.id: score.earned for score in scores}, numbers),
            *filter(None, map(_late, grades.shared.assignments)),
        ],
    }


def warnings(
    grades: SubmissionGrades, published: bool = False, elsewhere: Collection[str] = ()
) -> list[str]:
    """What students should read before their points."""
    result, warnings = grades.result, []
    if result.problem:
        warnings.append(f"This submission could not be graded: {result.problem}")
    if result.out_of_time:
        warnings.append(f"Not all checks ran: {result.out_of_time}.")
    if result.nothing_taken:
        warnings.append(
            "No file of the assignment was found in your submission. Hand in diffusion/ddpm.py and"
            " the other files of this folder, or diffusion.ipynb."
        )
    if not result.of_record:
        warnings.append("Not of record: this run was not isolated, so its points do not count.")
    if not result.finished and not result.problem:
        warnings.append("Grading has not finished; these are the results so far.")
    if result.stopped and any(not task.hidden for task in result.not_run):
        warnings.append("Some checks did not run; their points are missing here.")
    if partial := left_out(grades, published, elsewhere):
        warnings.append(partial)
    if grades.differ:
        warnings.append(
            "Lateness, or points given by a person, differ in your group: ask the staff for yours."
        )
    return warnings


def _unknown_times(grades: SubmissionGrades) -> list[str]:
    course = grades.result.scope.course
    unknown = [one.assignment for one in grades.shared.assignments if not one.late.known]
    return [f"{one.title}: {UNKNOWN_TIME}" for one in unknown if course.late_policy(one)]


def _cards(result: SubmissionResult) -> list[str]:
    """Files that cannot be read; hidden tasks are not counted."""
    shown = [score for score in result.scores() if not score.task.hidden]
    return cards(check for score in shown for check in score.results)


def sources(result: SubmissionResult) -> list[str]:
    """Which files were taken from the starter, and which were ignored."""
    notes = []
    if result.from_starter:
        names = ", ".join(result.from_starter)
        notes.append(f"Not in your submission, so taken from the starter: {names}")
    if result.ignored:
        notes.append(f"In your submission, but ignored: {', '.join(result.ignored)}")
    return notes


def _numbers(result: SubmissionResult) -> dict[str, str]:
    """The number of each task's part and its own, as in "2.3"."""
    return {
        task.id: f"{p}.{t}"
        for assignment in result.scope.course.assignments
        for p, part in enumerate(assignment.parts, 1)
        for t, task in enumerate(part.tasks, 1)
    }


def _student(grade: StudentGrade) -> dict[str, Any]:
    assert grade.student is not None
    return {
        "id": one_line(grade.student.id),
        "scores": {a.assignment.id: a.total for a in grade.assignments if a.graded},
        "late_days": {a.assignment.id: a.late.days for a in grade.assignments if a.late.days},
    }


# ------------------------------------------------------------------------------------- checks


def _test(
    score: TaskScore, check: CheckResult, number: str, pending: Collection[str]
) -> dict[str, Any]:
    task = score.task
    hidden_name = f"{task.id}::{number.rpartition('.')[2]}"  # does not say what it checks
    return {
        "name": f"{task.title} ({number})" if task.hidden else f"{task.title}: {check.sentence}",
        "number": number,
        "score": round(score.points_of(check), 4),
        "max_score": round(score.shares[check.check], 4),
        "status": "passed" if check.outcome is Outcome.PASSED else "failed",
        "visibility": task.visibility,
        "output": "" if task.hidden else _output(score, check, task.id in pending),
        "extra_data": {
            "task": task.id,
            "check": hidden_name if task.hidden else check.check,
            "outcome": str(check.outcome),
            "seconds": round(check.seconds, 3),
        },
    }


def _output(score: TaskScore, check: CheckResult, waits: bool) -> str:
    if check.outcome is Outcome.PASSED:
        return WITHHELD if waits else UNSUPPORTED if score.unsupported else ""
    words = [f"{str(check.outcome).capitalize()}.", check.message, check.hint]
    if check.outcome is Outcome.GRADER_ERROR:
        words = ["This check itself broke, which is not your fault."]
    return "\n\n".join([word for word in words if word] + [WITHHELD] * waits)


# ---------------------------------------------------------------------------- people and dates


def _decisions(
    grades: SubmissionGrades, by_checks: dict[str, float], numbers: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """A test for each task whose points a person decided; its score adds to that of the checks."""
    for name, grade in grades.tasks.items():
        task, earned = grade.task, grade.earned
        if grade.by_person and earned is not None:
            words = "points set by a person" if name in by_checks else "graded by a person"
            yield {
                "name": f"{task.title}: {words}, {earned:g} of {task.points:g}",
                "number": f"{numbers[name]}.0",
                "score": round(earned - by_checks.get(name, 0.0), 4),
                "max_score": 0 if name in by_checks else task.points,
                "status": "passed" if earned >= task.points else "failed",
                "visibility": task.visibility,
                "output": "" if task.hidden else harmless(grade.reason),
                "extra_data": {"task": task.id, "source": grade.source},
            }


def _late(grade: AssignmentGrade) -> dict[str, Any] | None:
    """A test for lateness, shown no sooner than the points that it follows from."""
    late = grade.late
    if not late.days and not late.deduction:
        return None
    hidden = [one.task.visibility for one in grade.tasks if one.task.hidden]
    return {
        "name": f"{grade.assignment.title}: handed in late",
        "score": round(grade.total - total(one.earned or 0 for one in grade.tasks), 4),
        "max_score": 0,
        "status": "failed",
        "visibility": hidden[0] if hidden else "visible",
        "output": harmless(late.text),
        "extra_data": {"assignment": grade.assignment.id, "late_days": late.days},
    }

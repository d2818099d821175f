"""results.json in Gradescope's schema.

Students read `output` and `name`. For a hidden check both only say which task it belongs to, and
Gradescope shows it, and a total that includes it, as late as its `visibility` says. How it ended,
other than passed or not, and how long it took are nowhere: a submission can choose both by what it
was asked. Points that
people gave are a test of their own, and so is lateness: the tests add up to the score.

The maximum of a test of a bonus task is 0: Gradescope then counts its points as extra credit. So
bonus points beyond the limit are a test, too, which takes them off.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from math import fsum
from typing import Any

from autograder.grading.gradebook.grades import (
    AssignmentGrade,
    StudentGrade,
    SubmissionGrades,
)
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scoring import TaskScore
from checkkit.points import apportioned, rounded, written
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult, cards, explained
from checkkit.text import harmless, one_line

from .partial import left_out

WITHHELD = "The points of this task wait until a person decides."
UNKNOWN_TIME = "the time of your submission is not known, so lateness is not counted here."


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
    by_task = {
        score.task.id: _tests(score, numbers[score.task.id], grades.pending) for score in scores
    }
    by_checks = {name: fsum(test["score"] for test in tests) for name, tests in by_task.items()}
    return {
        "score": rounded(grades.shared.total),
        "execution_time": _seconds(scores),
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
            "max_score": rounded(grades.shared.possible),
            "after_due": sorted(grades.after_due),
            "finished": result.finished,
            "flags": result.flags(grades.decided),
            "isolation": result.isolation,
            "of_record": result.of_record,
            "seeds": result.seeds,
            "started": result.started,
            "submitted_at": grades.shared.handed_in,
            "published": published,
            "not_run": [name for name in result.results if result.leaves_out(name)],
            "tasks": {
                score.task.id: {
                    "score": rounded(score.earned),
                    "max_score": rounded(score.possible),
                    "withheld": score.withheld,
                    "visibility": score.task.visibility,
                    **({"bonus": True} if score.task.bonus else {}),
                }
                for score in scores
            },
        },
        "tests": [
            *(test for tests in by_task.values() for test in tests),
            *_decisions(grades, by_checks, numbers),
            *filter(None, map(_beyond_limit, grades.shared.assignments)),
            *filter(None, map(_late, grades.shared.assignments)),
        ],
    }


def warnings(
    grades: SubmissionGrades, published: bool = False, elsewhere: Collection[str] = ()
) -> list[str]:
    """What students should read before their points; nothing of checks that they see later.

    How far hidden checks came is for the submission to choose, by what they ask.
    """
    result, warnings = grades.result, []
    if result.problem:
        warnings.append(f"This submission could not be graded: {result.problem}")
    if any(grades.shows(task, published) for task in result.without_time):
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
    if result.stopped and any(grades.shows(task, published) for task in result.not_run):
        warnings.append("Some checks did not run; their points are missing here.")
    if partial := left_out(grades, published, elsewhere):
        warnings.append(partial)
    if grades.differ:
        warnings.append(
            "Lateness, or points given by a person, differ in your group and are not counted here: "
            "ask the staff for yours."
        )
    return warnings


def _unknown_times(grades: SubmissionGrades) -> list[str]:
    course = grades.result.scope.course
    unknown = [one.assignment for one in grades.shared.assignments if one.lacks_time]
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
        "scores": {a.assignment.id: rounded(a.total) for a in grade.assignments if a.graded},
        "late_days": {a.assignment.id: a.late.days for a in grade.assignments if a.late.days},
    }


# ------------------------------------------------------------------------------------- checks


def _tests(score: TaskScore, number: str, pending: Collection[str]) -> list[dict[str, Any]]:
    """The checks of a task that have a result; what they can give adds up to its points."""
    names = [check.name for check in score.checks]
    shares = dict(zip(names, apportioned([score.shares[name] for name in names]), strict=True))
    return [
        _test(score, check, shares[check.check], f"{number}.{i}", pending)
        for i, check in enumerate(score.results, 1)
    ]


def _test(
    score: TaskScore, check: CheckResult, share: float, number: str, pending: Collection[str]
) -> dict[str, Any]:
    task = score.task
    hidden_name = f"{task.id}::{number.rpartition('.')[2]}"  # does not say what it checks
    return {
        "name": "Bonus: " * task.bonus
        + (f"{task.title} ({number})" if task.hidden else f"{task.title}: {check.sentence}"),
        "number": number,
        "score": share if score.points_of(check) else 0.0,
        "max_score": 0.0 if task.bonus else share,
        "status": "passed" if check.outcome is Outcome.PASSED else "failed",
        "visibility": task.visibility,
        "output": "" if task.hidden else _output(score, check, task.id in pending),
        "extra_data": {"task": task.id, "check": hidden_name if task.hidden else check.check}
        | (
            {}
            if task.hidden
            else {"outcome": str(check.outcome), "seconds": round(check.seconds, 3)}
        ),
    }


def _seconds(scores: Sequence[TaskScore]) -> float:
    """How long the visible checks took."""
    visible = [score for score in scores if not score.task.hidden]
    return round(fsum(check.seconds for score in visible for check in score.results), 3)


def _output(score: TaskScore, check: CheckResult, waits: bool) -> str:
    if check.outcome is Outcome.PASSED:
        return WITHHELD if waits else score.remark
    hint = "" if explained(score.results) else check.hint
    words = [f"{str(check.outcome).capitalize()}.", check.message, hint]
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
                "name": "Bonus: " * task.bonus
                + f"{task.title}: {words}, {written(earned)} of {written(task.points)}",
                "number": f"{numbers[name]}.0",
                "score": round(earned - by_checks.get(name, 0.0), 4),
                "max_score": 0 if name in by_checks else task.regular,
                "status": "passed" if earned >= grade.possible else "failed",
                "visibility": task.visibility,
                "output": "" if task.hidden else harmless(grade.reason),
                "extra_data": {"task": task.id, "source": grade.source},
            }


def _beyond_limit(grade: AssignmentGrade) -> dict[str, Any] | None:
    """A test for the bonus points that do not count."""
    if not grade.beyond_limit:
        return None
    hidden = [one.task.visibility for one in grade.tasks if one.task.hidden and one.task.bonus]
    most = written(grade.max_bonus or 0)
    return {
        "name": f"{grade.assignment.title}: at most {most} bonus points count",
        "score": -grade.beyond_limit,
        "max_score": 0,
        "status": "passed",
        "visibility": hidden[0] if hidden else "visible",
        "output": "",
        "extra_data": {"assignment": grade.assignment.id, "bonus": grade.bonus},
    }


def _late(grade: AssignmentGrade) -> dict[str, Any] | None:
    """A test for lateness, shown no sooner than the points that it follows from."""
    late = grade.late
    if not late.days and not late.deduction:
        return None
    hidden = [one.task.visibility for one in grade.tasks if one.task.hidden]
    return {
        "name": f"{grade.assignment.title}: handed in late",
        "score": round(grade.total - grade.counted(grade.tasks), 4),
        "max_score": 0,
        "status": "failed",
        "visibility": hidden[0] if hidden else "visible",
        "output": harmless(late.text),
        "extra_data": {"assignment": grade.assignment.id, "late_days": late.days},
    }

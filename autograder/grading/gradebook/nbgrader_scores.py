"""Which scores of a run go into nbgrader's gradebook: one row for each student."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from autograder.grading.judging.result import SubmissionResult

from .adjustments import Adjustments, student_key
from .grades import grades_of
from .lateness import lateness
from .rows import Row, rows_of


def rows_to_write(
    results: Sequence[SubmissionResult], adjustments: Adjustments
) -> tuple[list[Row], list[str]]:
    """The rows, and notices about submissions and tasks that are left out.

    Results without isolation are not scores of record. Of students with several submissions, staff
    have to grade one.
    """
    rows = rows_of(grades_of(result, adjustments) for result in results)
    notices = []
    for result in results:
        if not result.of_record:
            notices.append(f"{result.name}: left out, because it was graded without isolation")
        elif not result.students:
            notices.append(f"{result.name}: left out, because its student is unknown")
        elif result.problem:
            notices.append(f"{result.name}: could not be graded, so its points wait for a person")
    several = {row.key: {row.submission.result.name, *row.others} for row in rows if row.others}
    for student, names in several.items():
        listed = " or ".join(sorted(names))
        notices.append(f"{student}: left out, because of several submissions; grade only {listed}")
    if skipped := sorted({task.id for one in results if not one.problem for task in one.not_run}):
        notices.append(
            f"tasks left unchanged, because checks did not run: {', '.join(skipped)}; until they"
            " run, feedback and export show no points for them"
        )
    written = [
        row
        for row in rows
        if row.submission.result.of_record and row.grade.student and not row.others
    ]
    return written, notices


def earned_by(row: Row) -> dict[str, float | None]:
    """The points of each task that is graded completely; None where they wait for a person."""
    result = row.submission.result
    incomplete = set() if result.problem else row.submission.incomplete
    return {
        name: grade.earned
        for name, grade in row.grade.tasks.items()
        if grade.task.kind == "auto"
        and (grade.by_person or (name in result.scope.tasks and name not in incomplete))
    }


def penalty(row: Row, scores: Mapping[str, float], adjustments: Adjustments) -> float:
    """The points that lateness takes off a student's notebook.

    Args:
        scores: of every task that has a cell, whether checks or people grade it.
    """
    result = row.submission.result
    submitted_at = datetime.fromisoformat(result.submitted_at) if result.submitted_at else None
    who = student_key(row.grade.student, result.name)
    deductions = [
        lateness(
            assignment,
            result.scope.course,
            submitted_at,
            sum(scores.get(task.id) or 0.0 for task in assignment.tasks),
            adjustments.due(who, assignment),
        ).deduction
        for assignment in result.scope.course.assignments
    ]
    return round(sum(deductions), 6)

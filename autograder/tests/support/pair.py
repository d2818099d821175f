"""A submission of two people, scores that staff gave by hand, and the pages about it."""

from dataclasses import replace

from autograder.grading.gradebook.adjustments import Adjustments, StaffScore
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, SubmissionGrades, grades_of
from autograder.grading.intake.source import Student
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.reports.instructor import instructor_page
from autograder.grading.reports.student import student_page
from checkkit.report.page import draw_all
from checkkit.runner.outcomes import Outcome

from .graded_class import graded_class

ANNA, BEN = Student("1", "Anna Ito", "anna@example.edu"), Student("2", "Ben Eze", "ben@example.edu")
LATE = "2026-12-13T10:00:00+01:00"
ADJUSTMENTS = Adjustments(
    {
        ("1", "figures_ddpm"): StaffScore(5, "No axes."),
        ("2", "figures_ddpm"): StaffScore(5, "No axes."),
    },
    {
        ("1", "sample"): StaffScore(3, "A line is copied."),
        ("2", "sample"): StaffScore(3, "A line is copied."),
    },
)


def handed_in(**fields) -> SubmissionResult:
    """A submission of two, two days late, with something wrong in `forward` and `hidden_sample`."""
    graded = graded_class(2)[1]
    for result in graded.results.values():
        bad = result.task in ("forward", "hidden_sample") and result.check.endswith("_0")
        result.outcome = Outcome.FAILED if bad else Outcome.PASSED
        if bad:
            result.message, result.mistake = "seen 1, expected 2", "x_t: sqrt missing"
            result.detail = f"Traceback of {result.check}"
    return replace(graded, students=(ANNA, BEN), submitted_at=LATE, **fields)


def page(
    result: SubmissionResult, adjustments: Adjustments = NO_ADJUSTMENTS, published: bool = True
) -> str:
    return student_page(grades_of(result, adjustments), published)


def staff_report(
    adjustments: Adjustments = NO_ADJUSTMENTS, **fields
) -> tuple[SubmissionResult, SubmissionGrades, str]:
    result = handed_in(**fields)
    pictures = {name: draw_all(check) for name, check in result.results.items()}
    grades = grades_of(result, adjustments)
    return result, grades, instructor_page(grades, pictures)

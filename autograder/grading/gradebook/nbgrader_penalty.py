"""What lateness costs in a gradebook, where people's points stand beside those of checks."""

from collections.abc import Mapping

from autograder.config import Course
from autograder.grading.gradebook.adjustments import Adjustments, known_as
from autograder.grading.gradebook.lateness import lateness

from .nbgrader_entries import Entry


def penalty(
    course: Course, entry: Entry, scores: Mapping[str, float], adjustments: Adjustments
) -> float:
    """The points to take off a student's notebook.

    Args:
        scores: of every task that has a cell, of checks and of people.
    """
    who = known_as(entry.student, entry.submission)
    taken = 0.0
    for assignment in course.assignments:
        earned = sum(scores.get(task.id, 0.0) or 0.0 for task in assignment.tasks)
        due = adjustments.due(who, assignment)
        taken += lateness(assignment, course, entry.submitted_at, earned, due).deduction
    return round(taken, 6)

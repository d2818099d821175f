"""Lateness: how many days, and what they cost. Nothing else knows.

A day is begun 24 hours after the one before, beginning when the assignment is due, and each ends
`grace_minutes` later than that. What is taken is percent of the points *earned*, so that a cap of
50 leaves half of them whatever they are. It counts where checks grade, for there the submission
that is graded is what came late.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from autograder.config import Assignment, Course

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Late:
    """The line for lateness: whole days late, the points that they cost, and why in words."""

    days: int = 0
    deduction: float = 0.0
    text: str = ""


NOT_LATE = Late()


def lateness(
    assignment: Assignment,
    course: Course,
    submitted_at: datetime | None,
    earned: float,
    due: datetime | None = None,
) -> Late:
    """The line for lateness of one student.

    Args:
        submitted_at: when it came; None where nobody knows, and then it is not late.
        earned: the points of the assignment's tasks.
        due: when it is due for this student, where that is not the assignment's own date.
    """
    policy, due = course.late_policy(assignment), due or assignment.due
    if submitted_at is None or not assignment.graded_by_checks:
        return NOT_LATE
    grace = timedelta(minutes=policy.grace_minutes if policy else 0)
    days = max(0, math.ceil((submitted_at - due - grace) / DAY))
    if not days:
        return NOT_LATE
    when = f"handed in {_told(submitted_at, due)}, due {_told(due, due)}"
    if policy is None:
        return Late(days, 0.0, f"nothing is taken for it; {when}")
    percent = min(days * policy.percent_per_day, policy.max_percent)
    capped = ", the most that is taken" if percent < days * policy.percent_per_day else ""
    taken = round(earned * percent / 100, 6)
    return Late(days, taken, f"{percent:g}% of the {earned:g} points earned{capped}; {when}")


def _told(moment: datetime, due: datetime) -> str:
    """A time in the zone of the date that it was due, to the minute."""
    return moment.astimezone(due.tzinfo).strftime("%Y-%m-%d %H:%M %z")

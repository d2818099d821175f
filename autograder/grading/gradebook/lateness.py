"""Lateness: how many days, and how many points they cost.

Days are 24 hours from the due date, and every started day counts once `grace_minutes` have passed.
The deduction is a percentage of the *earned* points, so a maximum of 50 % always leaves half of
them. It applies to assignments that checks grade, because only their submissions have a time.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from autograder.config import Assignment, Course

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Late:
    """Days late, the points that they cost and their percentage, and the reason in words."""

    days: int = 0
    percent: float = 0.0
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
    """The lateness of one student in one assignment.

    Args:
        submitted_at: None if unknown, and then the submission is not late.
        earned: the points of the assignment's tasks.
        due: when it is due for this student, if that is not the date of the assignment.
    """
    policy, due = course.late_policy(assignment), due or assignment.due
    if submitted_at is None or not assignment.graded_by_checks:
        return NOT_LATE
    grace = timedelta(minutes=policy.grace_minutes if policy else 0)
    days = max(0, math.ceil((submitted_at - due - grace) / DAY))
    if not days:
        return NOT_LATE
    when = f"handed in {_local(submitted_at, due)}, due {_local(due, due)}"
    if policy is None:
        return Late(days, text=f"no deduction; {when}")
    percent = min(days * policy.percent_per_day, policy.max_percent)
    capped = " (the maximum)" if percent < days * policy.percent_per_day else ""
    deduction = round(earned * percent / 100, 6)
    text = f"{percent:g}% of the {earned:g} points earned{capped}; {when}"
    return Late(days, percent, deduction, text)


def _local(moment: datetime, due: datetime) -> str:
    """A time to the minute, in the time zone of the due date."""
    return moment.astimezone(due.tzinfo).strftime("%Y-%m-%d %H:%M %z")

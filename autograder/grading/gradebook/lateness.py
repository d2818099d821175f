"""Lateness: how many days, and how many points they cost.

A day ends at the hour of the due date on the clocks of the course, also where these change, and
every started day counts once `grace_minutes` have passed after that.
The deduction is a percentage of the *earned* points, so a maximum of 50 % always leaves half of
them. It applies to assignments that checks grade. Work that people alone grade is handed in
elsewhere: its time is what staff say, its days are for information.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from autograder.config import Assignment, Course
from checkkit.points import rounded, written

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Late:
    """Days late, the points that they cost and their percentage, and the reason in words.

    Where nobody knows when it was handed in, `known` is False and nothing is taken off.
    """

    days: int = 0
    percent: float = 0.0
    deduction: float = 0.0
    text: str = ""
    known: bool = True


NOT_LATE = Late()
NO_TIME = "no time known"
SAID_LATE = f"Canvas says late; {NO_TIME}"


def lateness(
    assignment: Assignment,
    course: Course,
    submitted_at: datetime | None,
    earned: float,
    due: datetime | None = None,
    said_late: bool | None = None,
) -> Late:
    """The lateness of one student in one assignment.

    Args:
        submitted_at: None if unknown.
        earned: the points of the assignment's tasks, rounded.
        due: when it is due for this student, if that is not the date of the assignment.
        said_late: what the platform says where no time is known; None if it says nothing.
    """
    policy, due = course.late_policy(assignment), due or assignment.due
    if submitted_at is None and not assignment.graded_by_checks:
        return Late(known=False)
    if submitted_at is None:
        return NOT_LATE if said_late is False else Late(text=_unknown(said_late), known=False)
    grace = timedelta(minutes=policy.grace_minutes if policy else 0)
    days = started_days(submitted_at, due, grace)
    if not days:
        return NOT_LATE
    when = f"handed in {_local(submitted_at, due)}, due {_local(due, due)}"
    if policy is None:
        return Late(days, text=f"no deduction; {when}")
    percent = min(days * policy.percent_per_day, policy.max_percent)
    capped = " (the maximum)" if percent < days * policy.percent_per_day else ""
    text = f"{percent:g}% of the {written(earned)} points earned{capped}; {when}"
    return Late(days, percent, deducted(earned, percent), text)


def deducted(earned: float, percent: float) -> float:
    """The points that a percentage takes off those that were earned."""
    return rounded(earned * percent / 100)


def started_days(submitted_at: datetime, due: datetime, grace: timedelta) -> int:
    """How many days have begun since the due date.

    Days are those of the clocks of its zone; the minutes of grace pass whatever the clocks do.
    """

    def end(days: int) -> datetime:
        day = due + days * DAY if days else due  # a sum forgets which of two equal hours it is
        return day.astimezone(UTC) + grace

    days = max(0, (submitted_at - due) // DAY - 1)
    while submitted_at > end(days):
        days += 1
    return days


def _unknown(said_late: bool | None) -> str:
    return SAID_LATE if said_late else NO_TIME


def _local(moment: datetime, due: datetime) -> str:
    """A time to the minute, in the time zone of the due date."""
    return moment.astimezone(due.tzinfo).strftime("%Y-%m-%d %H:%M %z")

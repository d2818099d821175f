"""Due dates on the clocks of a course: in its `timezone`, or else with the offset of each date."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from .models import Assignment, Course

Place = tuple[str | int, ...]
DAY = timedelta(days=1)
EXAMPLES = ("America/", "Australia/", "Europe/")  # others have the same offsets, or fixed ones
MOST_DAYS = 366.0


def broken_dates(course: Course) -> Iterator[tuple[Place, str]]:
    """Due dates without any zone, with an offset that is not the zone's, or that never come."""
    zone = ZoneInfo(course.timezone) if course.timezone else None
    for i, assignment in enumerate(course.assignments):
        due, place = assignment.due, ("assignments", i, "due")
        if zone is None:
            if due.tzinfo is None:
                advice = "has no time zone; write timezone: Europe/Berlin above the assignments, or"
                yield place, f"{advice} a date like 2026-12-11T23:59:00+01:00"
        elif due.tzinfo and due.utcoffset() != (there := due.astimezone(zone)).utcoffset():
            yield place, f"is {there.isoformat()} in {course.timezone}; leave out the offset"
        elif skipped(due.replace(tzinfo=zone)):
            yield place, f"is skipped by the clocks of {zone}; choose a time before or after that"


def skipped(moment: datetime) -> bool:
    """Whether the clocks of its zone are put forward over this time, so that it never is."""
    return moment != moment.astimezone(UTC).astimezone(moment.tzinfo)


def in_its_zone(course: Course) -> Course:
    """The course with its due dates in its time zone."""
    if not course.timezone:
        return course
    zone = ZoneInfo(course.timezone)

    def moved(assignment: Assignment) -> Assignment:
        due = assignment.due
        there = due.astimezone(zone) if due.tzinfo else due.replace(tzinfo=zone)
        return assignment.model_copy(update={"due": there})

    return course.model_copy(update={"assignments": tuple(map(moved, course.assignments))})


def change_of_clocks(course: Course) -> str:
    """Why a course without a zone needs one; nothing if it has one, or needs none.

    From the first due date to the last day that costs points, the clocks may change in a zone with
    these offsets.
    """
    if course.timezone:
        return ""
    first = min(assignment.due for assignment in course.assignments)
    last = max(one.due + _late_days(course, one) * DAY for one in course.assignments)
    period = f"between {first:%Y-%m-%d} and {last:%Y-%m-%d}"
    if len({assignment.due.utcoffset() for assignment in course.assignments}) > 1:
        return f"the dates {period} have different offsets"
    names = [name for name in available_timezones() if name.startswith(EXAMPLES)]
    for zone in map(ZoneInfo, sorted(names)):
        before, after = (_offset(moment, zone) for moment in (first, last))
        if before == first.utcoffset() and after != before:
            return f"clocks change {period}, for example in {zone.key}"
    return ""


def _late_days(course: Course, assignment: Assignment) -> float:
    policy = course.late_policy(assignment)
    if policy is None or not policy.percent_per_day:
        return 0
    return min(policy.max_percent / policy.percent_per_day, MOST_DAYS)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(UTC).astimezone(zone).utcoffset()

"""When a submission came: said by its platform, by staff, or by nobody; and time zones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from autograder.config import load_course
from autograder.config.clock import change_of_clocks
from autograder.grading.gradebook.adjustments import (
    Adjustments,
    BadTable,
    StaffScore,
    adjustments_of,
)
from autograder.grading.gradebook.canvas import canvas_csv, left_out
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, grades_of, student_grade
from autograder.grading.gradebook.grades_csv import grades_csv, rows_of
from autograder.grading.gradebook.lateness import started_days
from autograder.grading.gradebook.nbgrader import rows_to_write
from autograder.grading.gradebook.staff_tables import read_tables
from autograder.grading.intake import IdKind
from autograder.grading.reports.index_page import index_page
from autograder.grading.reports.instructor import instructor_page
from autograder.grading.reports.results_json import results
from autograder.grading.reports.student import student_page
from autograder.tests.support.small_course import ANNA, COURSE, handed_in, written

USER = replace(ANNA, kind=IdKind.CANVAS, id="42")


ESSAY = Adjustments({("42", "third"): StaffScore(2)})


def flags(result, adjustments=NO_ADJUSTMENTS):
    return grades_of(result, adjustments).flags


def cells(result, adjustments=NO_ADJUSTMENTS):
    head, row = grades_csv(rows_of([grades_of(result, adjustments)])).splitlines()
    return dict(zip(head.split(","), row.split(","), strict=True))


# ------------------------------------------------------------------------------ nobody knows when


def test_a_time_that_nobody_knows_is_not_on_time(graded):
    result = graded(USER)
    (core, essay) = student_grade(result, USER).assignments
    assert not core.late.known
    assert not essay.lacks_time, "people grade it: no submission of code says when it came"
    found = cells(result, ESSAY)
    assert (found["essay_late_days"], found["essay_total"]) == ("", "2")
    assert (found["core_late_days"], found["core_late_deduction"]) == ("", "")
    assert (found["core_total"], found["flags"]) == ("10", "no time known")


def test_what_canvas_says_without_a_time_counts_as_far_as_it_goes(graded):
    late = replace(graded(USER), said_late=True)
    assert flags(late) == ("Canvas says late; no time known",)
    assert cells(late)["core_late_days"] == ""
    in_time = replace(graded(USER), said_late=False)
    assert flags(in_time) == ()
    assert cells(in_time)["core_late_days"] == "0"


def test_a_commit_is_a_hint_and_no_time(graded):
    result = replace(graded(USER), time_hint="last commit 2026-12-20 10:00 +0100")
    assert flags(result) == ("no time known", "hint: last commit 2026-12-20 10:00 +0100")
    assert cells(result)["core_late_days"] == ""
    page = instructor_page(grades_of(result), {})
    assert "last commit 2026-12-20 10:00 +0100" in page
    assert "0 days" not in page


def test_students_read_that_lateness_is_not_counted(graded):
    words = "the time of your submission is not known, so lateness is not counted here"
    for known, result in ((False, graded(USER)), (True, graded(USER, late=timedelta(0)))):
        grades = grades_of(result)
        assert (words in student_page(grades, True)) is not known
        assert (words in results(grades)["output"]) is not known


def test_canvas_gets_no_total_that_may_still_lose_points(graded):
    late, in_time = (replace(graded(USER), said_late=said) for said in (True, False))
    reason = "lateness unknown, Canvas says late; no time known; give --times"
    assert left_out(rows_of([grades_of(late)])) == {reason: ["Anna Ames (42)"]}
    assert "Anna" in canvas_csv(rows_of([grades_of(in_time)]))


def test_nbgrader_is_told_that_a_penalty_is_missing(graded):
    student = replace(ANNA, kind=IdKind.NBGRADER)
    _, notices = rows_to_write([graded(student)], NO_ADJUSTMENTS)
    assert notices == ["no penalty for lateness, because no time is known: 0042"]


def test_the_page_counts_no_flag_that_all_have(graded):
    hints = [replace(graded(USER, name=n), time_hint=f"last commit {n}") for n in "ab"]
    for results_ in ([graded(USER, name=name) for name in "ab"], hints):
        for one in results_:
            one.students = (replace(USER, id=one.name),)
        page = index_page([grades_of(one) for one in results_])
        assert "<strong>0</strong> flagged" in page
        assert page.count("No submission has a time") == 1
    assert "hint: last commit a" in page


# ----------------------------------------------------------------------------------- staff know it


def times(tmp_path, course, rows, result):
    tables = written(tmp_path, {"times": f"student,assignment,time\n{rows}"})
    source = handed_in(result.name, *result.students)
    return adjustments_of(read_tables(tables, course), [source])


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ("42,core,2026-12-12T00:15", "0"),
        ("42,,2026-12-12T00:16", "1"),
        ("anna ames,core,2026-12-11 23:16:00Z", "1"),
        ("anna@example.org,core,2026-12-13T10:00:00+01:00", "2"),
        ("42,essay,2026-12-13T10:00", ""),
    ],
)
def test_times_of_staff_are_the_times_of_students(graded, course, tmp_path, row, days):
    late = replace(graded(USER), said_late=True)
    adjustments, notices = times(tmp_path, course, f"{row}\n", late)
    assert notices == []
    assert cells(late, adjustments)["core_late_days"] == days
    assert (flags(late, adjustments) == ()) is bool(days)
    assert bool(cells(late, adjustments)["submitted_at"]) is bool(days)


def test_late_days_where_people_grade_are_told_and_cost_nothing(graded, course, tmp_path):
    result = graded(USER, late=timedelta(days=9))
    found = cells(result, ESSAY)
    assert found["essay_late_days"] == "", "the time of the code is not that of the essay"
    more, _ = times(tmp_path, course, "42,essay,2026-12-15T10:00\n", result)
    found = cells(result, replace(more, manual=ESSAY.manual))
    assert (found["essay_late_days"], found["essay_late_deduction"]) == ("2", "0")
    assert (found["essay_total"], found["core_late_days"]) == ("2", "9")


def test_results_json_has_the_time_of_the_gradebook(graded, course, tmp_path):
    result = graded(USER)
    said, _ = times(tmp_path, course, "42,core,2026-12-12T10:00\n", result)
    when = results(grades_of(result, said))["extra_data"]["submitted_at"]
    assert when == cells(result, said)["submitted_at"] == "2026-12-12T10:00:00+01:00"
    assert when in instructor_page(grades_of(result, said), {})


def test_times_of_staff_come_before_those_of_the_platform(graded, course, tmp_path):
    late = graded(USER, late=timedelta(days=3))
    adjustments, _ = times(tmp_path, course, "42,core,2026-12-12T10:00\n", late)
    assert cells(late, adjustments)["core_late_days"] == "1"


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("42,core,2026-12-12", "column time: '2026-12-12' has no time of day; write 2026-12-12T23"),
        ("42,core,noon", "column time: 'noon' is not a date; write it like 2026-12-14T23:59"),
        ("42,core,", "column time: '' is not a date"),
        ("42,final,2026-12-12T10:00", "column assignment: 'final' does not exist; choose from"),
        (",core,2026-12-12T10:00", "column student: is empty"),
    ],
)
def test_a_time_that_is_none_is_named(graded, course, tmp_path, row, where):
    with pytest.raises(BadTable) as caught:
        times(tmp_path, course, f"{row}\n", graded(USER))
    assert f"times.csv: row 2, {where}" in caught.value.errors[0]


# --------------------------------------------------------------------------------------- time zones

BERLIN = f"timezone: Europe/Berlin\n{COURSE}"
OCTOBER = BERLIN.replace("2026-12-12T00:00:00+01:00", "2026-10-23T23:59:00+02:00")


@pytest.fixture
def days_late(graded, tmp_path):
    """days_late(text of grading.yaml, when, extensions): how late Anna is, and in which words."""

    def days_late(text, when, extensions=""):
        (tmp_path / "grading.yaml").write_text(text)
        course = load_course(tmp_path / "grading.yaml")
        result = graded(ANNA)
        result.scope = replace(result.scope, course=course)
        result.submitted_at = datetime.fromisoformat(when).isoformat()
        tables = {"extensions": f"student,assignment,days,due\n{extensions}"} if extensions else {}
        source = handed_in(result.name, ANNA)
        adjustments, _ = adjustments_of(read_tables(written(tmp_path, tables), course), [source])
        late = student_grade(result, ANNA, adjustments).assignments[0].late
        return late.days, late.text

    return days_late


@pytest.mark.parametrize("extension", ["core,,2026-11-01", "core,9,", "core,,2026-11-01T23:59"])
@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("2026-11-01T23:30:00+01:00", 0),
        ("2026-11-01T23:14:00Z", 0),
        ("2026-11-01T23:15:00Z", 1),
        ("2026-11-02T23:14:00Z", 1),
    ],
)
def test_more_time_ends_by_the_clocks_of_that_day(days_late, extension, when, days):
    assert days_late(OCTOBER, when, f"0042,{extension}")[0] == days


def test_days_end_by_the_clocks_and_the_offset_is_that_of_the_day(days_late):
    """The 25th of October has 25 hours in Berlin."""
    assert days_late(OCTOBER, "2026-10-25T23:13:00Z") == (
        2,
        "20% of the 10 points earned; handed in 2026-10-26 00:13 +0100, due 2026-10-23 23:59 +0200",
    )
    assert days_late(OCTOBER, "2026-10-25T23:15:00Z")[0] == 3
    without = OCTOBER.replace("timezone: Europe/Berlin\n", "")
    assert days_late(without, "2026-10-25T23:13:00Z")[0] == 3


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("day", [28, 25])
def test_a_day_ends_once_wherever_the_clocks_change(day, hour):
    """Also for a due time that does not exist, or exists twice, on that day."""
    year, month = (2027, 3) if day == 28 else (2026, 10)
    due = datetime(year, month, day, hour, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    start = due.astimezone(UTC) - timedelta(hours=30)
    counts = [started_days(start + timedelta(minutes=15 * n), due, timedelta()) for n in range(400)]
    assert counts == sorted(counts)
    assert set(counts) == set(range(counts[-1] + 1))
    assert started_days(due.astimezone(UTC), due, timedelta()) == 0
    assert started_days(due.astimezone(UTC) + timedelta(seconds=1), due, timedelta()) == 1


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize(
    ("due", "minutes"),
    [
        ("2027-03-28T01:45", 90),
        ("2027-03-27T23:59", 240),
        ("2026-10-25T02:30", 30),
        ("2026-10-25T02:30", 90),
        ("2026-10-24T23:59", 200),
    ],
)
def test_the_minutes_of_grace_are_free_wherever_the_clocks_change(due, minutes, fold):
    moment = datetime.fromisoformat(due).replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
    grace, second = timedelta(minutes=minutes), timedelta(seconds=1)
    free = moment.astimezone(UTC) + grace
    assert started_days(free, moment, grace) == 0
    assert started_days(free + second, moment, grace) == 1


def test_times_are_printed_with_the_offset_of_their_day(graded, tmp_path):
    (tmp_path / "grading.yaml").write_text(OCTOBER)
    result = graded(ANNA)
    result.scope = replace(result.scope, course=load_course(tmp_path / "grading.yaml"))
    for utc, there in (
        ("10-24T22:30", "10-25T00:30:00+02:00"),
        ("10-25T22:30", "10-25T23:30:00+01:00"),
    ):
        result.submitted_at = f"2026-{utc}:00+00:00"
        assert cells(result)["submitted_at"] == f"2026-{there}"


def test_a_date_without_an_offset_is_in_the_zone(days_late):
    text = BERLIN.replace("2026-12-12T00:00:00+01:00", "2026-10-23T23:59")
    assert days_late(text, "2026-10-23T22:14:00Z")[0] == 0
    assert days_late(text, "2026-10-23T22:15:00Z")[0] == 1


def test_a_time_that_the_clocks_skip_is_named(days_late):
    with pytest.raises(BadTable, match="'2027-03-28T02:30' is skipped by the clocks of Europe/Ber"):
        days_late(OCTOBER, "2026-10-23T10:00Z", "anna,core,,2027-03-28T02:30\n")


def test_a_profile_has_the_zone_of_grading_yaml(tmp_path):
    (tmp_path / "grading.yaml").write_text(OCTOBER)
    (tmp_path / "profiles").mkdir()
    first = OCTOBER[OCTOBER.index("assignments:") : OCTOBER.index("          - {id: second")]
    (tmp_path / "profiles" / "small.yaml").write_text(first.replace("points: 10", "points: 4"))
    due = load_course(tmp_path / "grading.yaml", "small").assignments[0].due
    assert str(due.tzinfo) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (COURSE, ""),
        (OCTOBER, ""),
        (OCTOBER.replace("timezone: Europe/Berlin\n", ""), "have different offsets"),
        (
            COURSE.replace("12-12T00:00:00+01:00", "10-23T23:59:00+02:00").replace(
                "12-14T00:00:00+01:00", "10-24T00:00:00+02:00"
            ),
            "clocks change between 2026-10-23 and 2026-10-28, for example in Europe/",
        ),
        (COURSE.replace("+01:00", "+00:00").replace("-12-1", "-07-1"), ""),
        (COURSE.replace("+01:00", "-04:00").replace("-12-1", "-10-2"), ""),
        (COURSE.replace("+01:00", "-04:00").replace("-12-12", "-10-31"), "in America/"),
    ],
)
def test_dates_across_a_change_of_clocks_need_a_zone(tmp_path, text, reason):
    (tmp_path / "grading.yaml").write_text(text)
    found = change_of_clocks(load_course(tmp_path / "grading.yaml"))
    assert reason in found and bool(found) is bool(reason)

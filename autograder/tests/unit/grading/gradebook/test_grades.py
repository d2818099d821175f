"""Grades: checks, a manual score in their place, an override in place of both; and lateness."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from autograder.config import load_course
from autograder.grading.gradebook.canvas import canvas_csv
from autograder.grading.gradebook.grades import grades_of, student_grade
from autograder.grading.gradebook.grades_csv import grades_csv, rows_of
from autograder.grading.gradebook.nbgrader import penalty
from autograder.grading.intake import IdKind
from autograder.grading.reports.results_json import results
from autograder.grading.reports.student import student_page
from autograder.grading.reports.terminal import table
from autograder.tests.support.small_course import ANNA, BERT, COURSE
from checkkit.runner.outcomes import Outcome

HOURS = timedelta(hours=1)
HALF = (Outcome.PASSED, Outcome.FAILED)


@pytest.fixture
def core(graded):
    """The grade of one student in the assignment that checks grade."""

    def core(student=None, adjustments=None, **fields):
        submission = graded(*([student] if student else []), **fields)
        said = () if adjustments is None else (adjustments,)
        return student_grade(submission, student, *said).assignments[0]

    return core


# --------------------------------------------------------------------------------------- lateness


@pytest.mark.parametrize(
    ("late", "days", "total"),
    [
        (-50 * HOURS, 0, 10),
        (0 * HOURS, 0, 10),
        (0.25 * HOURS, 0, 10),
        (0.26 * HOURS, 1, 9),
        (24 * HOURS, 1, 9),
        (24.25 * HOURS, 1, 9),
        (24.26 * HOURS, 2, 8),
        (5 * 24 * HOURS, 5, 5),
        (6 * 24 * HOURS, 6, 5),
        (1000 * 24 * HOURS, 1000, 5),
    ],
)
def test_each_day_begun_after_the_grace_costs_the_same_up_to_the_cap(core, late, days, total):
    grade = core(late=late)
    assert (grade.late.days, grade.total) == (days, total)
    assert grade.late.deduction == pytest.approx(10 - total)


def test_lateness_takes_percent_of_what_was_earned(core):
    grade = core(late=30 * HOURS, outcomes=HALF)
    assert grade.late.deduction == pytest.approx(0.8)
    assert grade.total == pytest.approx(3.2)
    assert grade.late.text == (
        "20% of the 4 points earned; handed in 2026-12-13 06:00 +0100, due 2026-12-12 00:00 +0100"
    )
    assert (
        "50% of the 4 points earned (the maximum);"
        in core(late=900 * HOURS, outcomes=HALF).late.text
    )


def test_what_is_shown_adds_up(graded, read):
    """7.25 - 0.73 = 6.52 for the code, 1.13 for the essay: in every file and on every page."""
    rulings = "student,task,score,reason\n0042,first,1.25,read\n"
    said = read(override=rulings, manual="student,task,score\n0042,third,1.125\n")
    student = replace(ANNA, kind=IdKind.SIS)
    grades = grades_of(graded(student, late=HOURS), said)
    (row,) = rows = rows_of([grades])
    (cells,) = csv.DictReader(io.StringIO(grades_csv(rows)))
    names = ("first", "second", "core_late_deduction", "core_total", "third", "total")
    assert [cells[name] for name in names] == ["1.25", "6", "0.73", "6.52", "1.13", "7.65"]
    assert canvas_csv(rows).splitlines()[-1].endswith(",6.52,1.13")
    found = results(grades)
    assert found["score"] == 7.65
    assert found["extra_data"]["students"][0]["scores"] == {"core": 6.52, "essay": 1.13}
    assert penalty(row, {"first": 1.25, "second": 6, "third": 1.13}) == 0.73
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(table(rows))
    (line,) = (one for one in console.export_text().splitlines() if "submission_1" in one)
    assert line.replace("│", " ").split()[1:5] == ["7.25", "1.13", "-0.73", "7.65"]
    page = student_page(grades, True)
    assert '7.65 <span class="soft">/ 12 points' in page and "−0.73" in page


def test_nothing_is_taken_where_people_alone_grade(graded, course, read):
    marked = read(manual="student,task,score\n0042,third,2\n")
    essay = student_grade(graded(ANNA, late=900 * HOURS), ANNA, marked).assignments[1]
    assert (essay.late.days, essay.total) == (0, 2)


def test_without_a_policy_days_are_told_and_cost_nothing(graded, tmp_path):
    (tmp_path / "free.yaml").write_text(COURSE.partition("\n")[2])
    course = load_course(tmp_path / "free.yaml")
    late = graded(late=30 * HOURS)
    late.scope = replace(late.scope, course=course)
    core = student_grade(late, None).assignments[0]
    assert (core.late.days, core.late.deduction, core.total) == (2, 0, 10)
    assert core.late.text.startswith("no deduction; handed in")


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ("0042,core,2,", 0),
        ("anna@EXAMPLE.org,,1.5,", 0),
        ("Anna  AMES,core,1,", 1),
        ("0042,core,,2026-12-13T07:00", 0),
        ("0042,core,,2026-12-13T05:00:00Z", 0),
        ("0042,core,,2026-12-13", 1),
        ("0042,essay,9,", 2),
        ("0043,core,9,", 2),
    ],
)
def test_more_time_is_for_whom_and_what_it_says(core, read, row, days):
    more = read(extensions=f"student,assignment,days,due\n{row}\n")
    assert core(ANNA, more, late=30 * HOURS).late.days == days


def test_of_two_on_one_submission_one_may_have_more_time(graded, course, read):
    pair, more = graded(ANNA, BERT, late=30 * HOURS), read(extensions="student,days\n0043,2\n")
    totals = [student_grade(pair, one, more).assignments[0].total for one in (ANNA, BERT)]
    assert totals == [8, 10]
    assert student_grade(pair, None, more).assignments[0].total == 8


# --------------------------------------------------------------------------------- what people say


def test_a_persons_score_counts_and_an_override_counts_before_it(graded, course, read):
    manual = "student,task,score,reason\n0042,third,1.5,no conclusion\n"
    override = "student,task,score,reason\nAnna Ames,third,2,read again\n0042,first,5,bonus\n"
    core, essay = student_grade(graded(ANNA), ANNA, read(manual=manual)).assignments
    assert [(one.earned, one.source) for one in core.tasks] == [(4, "checks"), (6, "checks")]
    (third,) = essay.tasks
    assert (third.earned, third.source, third.reason) == (1.5, "manual", "no conclusion")
    said = read(manual=manual, override=override)
    core, essay = student_grade(graded(ANNA), ANNA, said).assignments
    assert [(one.earned, one.source) for one in core.tasks] == [(5, "override"), (6, "checks")]
    assert core.tasks[0].reason == "bonus"
    assert (core.total, essay.total) == (11, 2)
    assert essay.tasks[0].source == "override"


def test_an_override_stands_where_nothing_could_be_graded(core, read):
    said = read(override="student,task,score,reason\nsubmission_1,first,3,read on paper\n")
    grade = core(adjustments=said, problem="is a damaged zip")
    assert [one.earned for one in grade.tasks] == [3, None]
    assert grade.graded and grade.total == 3


def test_what_waits_for_a_person_has_no_points_until_somebody_rules(core, read):
    withheld = (Outcome.PASSED, Outcome.GRADER_ERROR)
    assert core(ANNA, outcomes=withheld).tasks[1].earned is None
    said = read(override="student,task,score,reason\n0042,second,6,our fault\n")
    assert core(ANNA, said, outcomes=withheld).tasks[1].earned == 6


def test_a_submissions_name_is_nobodys_who_has_one(graded, course, read):
    said = read(override="student,task,score,reason\nsubmission_1,first,0,x\n")
    assert student_grade(graded(), None, said).assignments[0].total == 6
    for student in (ANNA, None):
        assert student_grade(graded(ANNA), student, said).assignments[0].total == 10

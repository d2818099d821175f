"""grades.csv and canvas.csv."""

import csv
import io
from dataclasses import replace
from datetime import datetime

import pytest

from autograder.config import load_course
from autograder.grading.gradebook.adjustments import Adjustments, Extension, StaffScore
from autograder.grading.gradebook.canvas import canvas_csv, left_out
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, grades_of
from autograder.grading.gradebook.grades_csv import Row, columns, grades_csv, rows_of
from autograder.grading.intake.source import IdKind, Student
from autograder.tests.support.graded_class import graded_class
from checkkit.runner.outcomes import Outcome
from checkkit.text import defused

ANNA = Student("4711", "Anna Ito", "anna@example.edu", IdKind.GRADESCOPE)
BEN = Student("4712", "Ben Eze", "ben@example.edu", IdKind.GRADESCOPE)
MANUAL = {
    ("4711", name): StaffScore(points, "as marked")
    for name, points in (
        *(("figures_denoiser", 5), ("figures_ddpm", 6)),
        *(("guidance_analysis", 7.5), ("predictions", 2)),
    )
}


def right(name: str = "one", *students: Student, **fields):
    """A submission that has everything right, in time."""
    graded = graded_class(2)[1]
    for result in graded.results.values():
        if result.outcome is not Outcome.NOT_RUN:
            result.outcome = Outcome.PASSED
    on_time = "2026-12-11T12:00:00+01:00"
    return replace(graded, name=name, students=students, **{"submitted_at": on_time} | fields)


def rows(*submissions, adjustments: Adjustments = NO_ADJUSTMENTS) -> list[Row]:
    return rows_of(grades_of(graded, adjustments) for graded in submissions)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


# ---------------------------------------------------------------------------------- grades.csv


def test_each_student_of_a_group_has_a_row_and_unknown_ones_go_by_their_submission():
    found = table(grades_csv(rows(right("pair", ANNA, BEN), right("who knows"))))
    assert [row["student"] for row in found] == ["4711", "4712", "who knows"]
    assert [row["submission"] for row in found] == ["pair", "pair", "who knows"]
    assert [row["name"] for row in found] == ["Anna Ito", "Ben Eze", ""]
    assert [row["core_total"] for row in found] == ["100"] * 3


def test_columns_depend_on_grading_yaml_alone(batch):
    course = load_course()
    header = batch.text("grades.csv").splitlines()[0].split(",")
    assert header == columns(course) == grades_csv(rows(right())).splitlines()[0].split(",")
    assert [name for name in header if name in {task.id for task in course.tasks}] == [
        task.id for task in course.tasks
    ]


def test_rows_are_sorted_by_name_whatever_order_they_came_in():
    one, two = right("b", ANNA), right("a", BEN)
    assert grades_csv(rows(one, two)) == grades_csv(rows(two, one))


def test_cell_is_empty_where_nobody_judged_and_where_points_wait():
    graded = right("one", ANNA)
    graded.results["test_unet::test_claim_0"].outcome = Outcome.GRADER_ERROR
    (row,) = table(grades_csv(rows(graded)))
    assert row["unet"] == row["digits_gpu"] == row["figures_ddpm"] == row["writeup_total"] == ""
    assert row["core_total"] == "94"
    assert row["flags"].startswith("grader error: unet")


def test_points_of_people_overrides_and_lateness_add_up():
    late = right("one", ANNA, submitted_at="2026-12-13T10:00:00+01:00")
    said = Adjustments(MANUAL, {("4711", "sample"): StaffScore(3, "copied line")})
    (row,) = table(grades_csv(rows(late, adjustments=said)))
    assert row["sample"] == "3"
    assert row["writeup_total"] == "20.5"
    assert row["core_late_days"] == "2"
    assert float(row["core_total"]) == pytest.approx(95 - float(row["core_late_deduction"]))
    assert float(row["core_late_deduction"]) > 0
    assert float(row["total"]) == pytest.approx(float(row["core_total"]) + 20.5)
    assert "overridden: sample" in row["flags"]


def test_row_says_whether_it_is_from_this_run():
    found = table(grades_csv(rows(right("a", ANNA), right("b", BEN, fresh=False))))
    assert [row["graded"] for row in found] == ["now", "earlier"]


def test_who_handed_in_twice_is_flagged_in_both_rows():
    found = table(grades_csv(rows(right("first", ANNA), right("second", ANNA))))
    assert [row["flags"] for row in found] == ["also handed in: second", "also handed in: first"]


def test_suspicions_are_flags_and_cost_nothing():
    (row,) = table(grades_csv(rows(right("a", ANNA, suspicions=("cfg.py:3: opens a file",)))))
    assert row["flags"] == "source: cfg.py:3: opens a file"
    assert row["core_total"] == "100"


def test_no_cell_is_a_formula_or_has_a_code_in_it(batch):
    for name in ("grades.csv", "canvas.csv"):
        text = batch.text(name)
        assert not set(text) & set("\x00\x1b\u202e\u2028")
        for row in csv.reader(io.StringIO(text, newline="")):
            assert all(cell == defused(cell) for cell in row), row
            assert not any("\n" in cell for cell in row)
    assert "'=HYPERLINK" in batch.text("grades.csv")


@pytest.mark.parametrize("cell", ["＝1+1", "\n=1", "－2", "＠x"])
def test_formulas_in_wide_letters_are_defused_too(cell):
    assert defused(cell) == f"'{cell}"


# ---------------------------------------------------------------------------------- canvas.csv


def canvas(*submissions, adjustments: Adjustments = NO_ADJUSTMENTS) -> list[list[str]]:
    text = canvas_csv(rows(*submissions, adjustments=adjustments))
    return list(csv.reader(io.StringIO(text, newline="")))


def test_canvas_has_its_columns_and_one_for_each_assignment():
    found = canvas(right("one", ANNA), adjustments=Adjustments(MANUAL))
    core, writeup = "Diffusion models from scratch on MNIST", "Figures and analysis"
    assert found == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", core, writeup],
        ["    Points Possible", "", "", "", "", "100", "22"],
        ["Anna Ito (4711)", "", "4711", "", "", "100", "20.5"],
    ]


def test_canvas_gets_no_partial_totals():
    """The column of an assignment that nobody has marked is left out, and an empty cell stays."""
    unfinished = right("two", BEN)
    unfinished.results["test_digits::test_claim_0"].outcome = Outcome.REVIEW
    found = canvas(right("one", ANNA), unfinished, adjustments=Adjustments(MANUAL))
    assert [row[0] for row in found[2:]] == ["Anna Ito (4711)"]
    one_left = Adjustments({key: said for key, said in MANUAL.items() if key[1] != "figures_ddpm"})
    assert [len(row) for row in canvas(right("one", ANNA), adjustments=one_left)] == [6, 6, 6]
    skipped = right("one", ANNA)
    skipped.results["test_train_ddpm::test_claim_0"].outcome = Outcome.NOT_RUN
    assert len(canvas(skipped)) == 2


def test_a_person_can_rule_on_what_waits():
    waiting = right("two", ANNA)
    waiting.results["test_digits::test_claim_0"].outcome = Outcome.REVIEW
    ruled = Adjustments(overrides={("4711", "digits"): StaffScore(6, "looked at them: fine")})
    assert canvas(waiting, adjustments=ruled)[2][-1] == "100"
    (row,) = rows(waiting, adjustments=ruled)
    assert not row.submission.urgent
    assert row.flags == ("overridden: digits",)


def test_who_may_lose_work_needs_a_person():
    (row,) = rows(right("one", ANNA, doubts=("rest.zip was not taken",)))
    assert row.submission.urgent and row.submission.result.urgent
    assert row.flags == ("rest.zip was not taken",)


@pytest.mark.parametrize("fields", [{"of_record": False}, {"problem": "no folder"}])
def test_canvas_gets_only_what_counts(fields):
    assert len(canvas(right("one", ANNA, **fields))) == 2


def test_canvas_leaves_out_whom_it_could_only_guess():
    unknown, first, second = right("Anna Ito"), right("a", BEN), right("b", BEN)
    assert len(canvas(unknown, first, second)) == 2
    assert left_out(rows(unknown, first, second, right("c", ANNA))) == {
        "the student is unknown": ["Anna Ito"],
        "several submissions of one student; grade only one of them": ["Ben Eze (4712)"] * 2,
    }


def test_nobody_can_set_the_points_possible():
    """Canvas takes any row whose name has these words for the one that says them."""
    joker = Student("99", "  points possible 1000", "", IdKind.GRADESCOPE)
    assert canvas(right("one", joker))[2] == ["", "", "99", "", "", "100"]


def test_more_time_for_one_of_two_shows_in_their_rows_alone():
    pair = right("pair", ANNA, BEN, submitted_at="2026-12-12T12:00:00+01:00")
    until = datetime.fromisoformat("2026-12-12T23:59:00+01:00")
    said = Adjustments(extensions={("4712", "core"): Extension(until)})
    anna, ben = table(grades_csv(rows(pair, adjustments=said)))
    assert (anna["core_late_days"], ben["core_late_days"]) == ("1", "0")
    assert float(anna["core_total"]) < float(ben["core_total"]) == 100
    assert "the grades of its students differ" in anna["flags"]

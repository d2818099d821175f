"""Bonus points: beyond the points of the assignment up to a limit, in every file, on each page."""

import csv
import io
import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.config import Course, load_course
from autograder.grading.gradebook.canvas import canvas_csv, left_out
from autograder.grading.gradebook.grades import SubmissionGrades, grades_of
from autograder.grading.gradebook.grades_csv import grades_csv, rows_of
from autograder.grading.gradebook.nbgrader import GradebookProblem, Record, open_record, penalty
from autograder.grading.intake import IdKind
from autograder.grading.reports.index_page import histograms, index_page
from autograder.grading.reports.instructor import instructor_page
from autograder.grading.reports.results_json import results
from autograder.grading.reports.student import student_page
from autograder.grading.reports.terminal import table
from autograder.tests.support.small_course import ANNA, COURSE
from checkkit.runner.outcomes import Outcome

STUDENT = replace(ANNA, kind=IdKind.SIS)
ON_TIME, A_DAY_LATE = timedelta(0), timedelta(hours=1)
DRAWN = (
    "          - {id: drawn, title: Drawn, kind: manual, points: 3, marking: 3 all, bonus: true}\n"
)
WITH_BONUS = (
    COURSE.replace("points: 10\n", "points: 4\n    max_bonus: 7\n")
    .replace("title: Second, points: 6", "title: Second, points: 6, bonus: true")
    .replace("  - id: essay", f"{DRAWN}  - id: essay")
)


@pytest.fixture
def course(tmp_path) -> Course:
    """4 points for `first`; a bonus of 6 for `second` and of 3 for `drawn`, of which 7 count."""
    (tmp_path / "grading.yaml").write_text(WITH_BONUS)
    return load_course(tmp_path / "grading.yaml")


@pytest.fixture
def grades(graded, read):
    """The grades of a student with full marks in `first` and `second`, and these points by hand."""

    def grades(
        drawn: float | None = None, late=ON_TIME, essay: float = 2, **more
    ) -> SubmissionGrades:
        rows = f"student,task,score\n0042,third,{essay}\n"
        rows += f"0042,drawn,{drawn}\n" if drawn is not None else ""
        return grades_of(graded(STUDENT, late=late, **more), read(manual=rows))

    return grades


def test_a_bonus_is_beyond_the_points_up_to_the_limit(grades):
    core = grades().students[0].assignments[0]
    assert (core.total, core.possible, core.bonus, core.beyond_limit) == (10, 4, 6, 0)
    core = grades(drawn=3).students[0].assignments[0]
    assert (core.total, core.possible, core.bonus, core.beyond_limit) == (11, 4, 7, 2)


def test_without_a_limit_all_bonus_points_count(graded, read, tmp_path):
    (tmp_path / "free.yaml").write_text(WITH_BONUS.replace("    max_bonus: 7\n", ""))
    result = graded(STUDENT, late=ON_TIME)
    result.scope = replace(result.scope, course=load_course(tmp_path / "free.yaml"))
    given = read(manual="student,task,score\n0042,drawn,3\n")
    assert grades_of(result, given).shared.assignments[0].total == 13


def test_lateness_takes_percent_of_the_bonus_that_counts_too(grades):
    core = grades(drawn=3, late=A_DAY_LATE).students[0].assignments[0]
    assert (core.late.deduction, core.total) == (1.1, 9.9)


@pytest.mark.parametrize("late", [ON_TIME, A_DAY_LATE])
@pytest.mark.parametrize("drawn", [None, 0.5, 3])
def test_grades_csv_adds_up(grades, drawn, late):
    (cells,) = csv.DictReader(io.StringIO(grades_csv(rows_of([grades(drawn, late)]))))
    core = float(cells["first"]) + float(cells["core_bonus"])
    assert cells["core_bonus"] == {None: "6", 0.5: "6.5", 3: "7"}[drawn]
    assert float(cells["core_total"]) == pytest.approx(core - float(cells["core_late_deduction"]))
    assert "essay_bonus" not in cells


@pytest.mark.parametrize("late", [ON_TIME, A_DAY_LATE])
@pytest.mark.parametrize("drawn", [None, 0.5, 3])
def test_on_gradescope_a_bonus_is_extra_credit_and_tests_add_up_to_the_score(grades, drawn, late):
    found = results(grades(drawn, late))
    assert sum(test["score"] for test in found["tests"]) == pytest.approx(found["score"])
    assert sum(test["max_score"] for test in found["tests"]) == 6  # first and third
    assert found["extra_data"]["max_score"] == 6
    (second,) = (one for one in found["tests"] if one["extra_data"].get("task") == "second")
    assert (second["name"], second["score"], second["max_score"]) == ("Bonus: Second: Claim.", 6, 0)
    limits = [one for one in found["tests"] if "at most 7 bonus points count" in one["name"]]
    assert [one["score"] for one in limits] == [-2] * (drawn == 3)


def test_canvas_gets_a_grade_beyond_the_points_possible(grades):
    _, possible, line = canvas_csv(rows_of([grades(drawn=0.5)])).splitlines()
    assert possible.endswith(",4,2")
    assert line.endswith(",10.5,2")


@pytest.mark.parametrize("partial", [False, True])
def test_canvas_does_not_wait_for_a_bonus_that_people_mark(grades, graded, read, partial):
    """Of two students, one has handed it in."""
    bert = replace(STUDENT, id="0043", name="Bert")
    rows = "student,task,score\n0042,third,2\n0042,drawn,1\n0043,third,2\n"
    given = read(manual=rows)
    both = [
        grades_of(graded(one, late=ON_TIME, name=name), given)
        for one, name in ((STUDENT, "pair"), (bert, "submission_1"))
    ]
    lines = canvas_csv(rows_of(both), partial).splitlines()
    assert [line.rpartition(",,")[2] for line in lines[2:]] == ["11,2", "10,2"]
    assert left_out(rows_of(both), partial) == {}


def test_canvas_waits_for_a_bonus_that_checks_grade(grades):
    waits = grades(outcomes=(Outcome.PASSED, Outcome.GRADER_ERROR))
    assert canvas_csv(rows_of([waits])).splitlines()[-1].endswith(",2")
    assert "11" not in canvas_csv(rows_of([waits]))


def test_the_penalty_for_nbgrader_takes_off_what_is_beyond_the_limit(grades):
    (row,) = rows_of([grades(drawn=3)])
    assert penalty(row, {"first": 4, "second": 6, "drawn": 3, "third": 2}) == 2
    (row,) = rows_of([grades(drawn=3, late=A_DAY_LATE)])
    assert penalty(row, {"first": 4, "second": 6, "drawn": 3, "third": 2}) == 2 + 1.1
    assert penalty(row, {"first": 4, "second": 1, "drawn": None, "third": 2}) == 0.5


@pytest.fixture
def gradebook(tmp_path, monkeypatch):
    """A gradebook with the cells of the course, in which that of `second` has these points."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)  # alembic's

    def gradebook(second: float):
        path = tmp_path / "gradebook.db"
        with Gradebook(f"sqlite:///{path}", "course") as book:
            book.add_assignment("hw")
            book.add_notebook("diffusion", "hw")
            for name, points in (("check-first", 4), ("check-second", second), ("manual-drawn", 0)):
                kind = "code" if name.startswith("check") else "markdown"
                book.add_grade_cell(name, "diffusion", "hw", max_score=points, cell_type=kind)
        return path

    return gradebook


def test_in_nbgrader_a_bonus_is_extra_credit(course, graded, read, gradebook):
    path = gradebook(second=0)
    anna = replace(ANNA, id="anna", kind=IdKind.NBGRADER)
    open_record(path, course).write([graded(anna, late=ON_TIME)], read([]))
    with Gradebook(f"sqlite:///{path}", "course") as book:
        found = book.find_submission_notebook("diffusion", "hw", "anna")
        grades = {one.name: (one.manual_score, one.extra_credit) for one in found.grades}
        assert grades["check-first"] == (4, None)
        assert grades["check-second"] == (0, 6)
        assert (found.score, found.max_score) == (10, 4)
        drawn = book.find_grade("manual-drawn", "diffusion", "hw", "anna")
        drawn.extra_credit, drawn.manual_score = 3, 0
        book.db.commit()
    Record(path, "course", "hw", "diffusion").write([graded(anna, late=ON_TIME)], read([]))
    with Gradebook(f"sqlite:///{path}", "course") as book:
        assert book.find_submission("hw", "anna").late_submission_penalty == 2


def test_a_gradebook_that_counts_a_bonus_as_possible_is_refused(course, gradebook):
    with pytest.raises(GradebookProblem, match=r"check-second .* has 6 points, .* gives it 0"):
        open_record(gradebook(second=6), course)


def test_pages_and_the_terminal_say_how_much_of_a_total_is_a_bonus(grades):
    given = grades(drawn=3)
    page = student_page(given, True)
    assert '13 <span class="soft">/ 6 points, +7 bonus included</span>' in page
    assert '<td class="number">+6 / 6 bonus</td>' in page
    assert "<span>6 of 6 bonus points</span>" in page
    assert "at most 7 bonus points count" in page and "−2" in page
    staff = instructor_page(given, {})
    assert "/ 4 points, +7 bonus included (2 more are beyond the limit), Core" in staff
    rows = rows_of([given])
    assert "11 (+7 bonus)" in index_page([given])
    assert [one.possible for one in histograms(rows)] == [4, 2]
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(table(rows))
    text = console.export_text()
    assert "13 (+7 bonus)" in text
    assert text.count("/ 6") == 1 and text.count("/ 4") == 1  # the total; part 1


def test_without_a_bonus_nothing_speaks_of_one(grades):
    none = grades(outcomes=(Outcome.PASSED, Outcome.FAILED))
    assert none.shared.total == 6
    assert "bonus included" not in student_page(none, True) + instructor_page(none, {})
    assert "bonus)" not in index_page([none])


def test_a_total_that_is_published_later_has_no_hidden_bonus_in_it(tmp_path, graded, read):
    text = WITH_BONUS.replace("title: Second,", "title: Second, visibility: after_published,")
    (tmp_path / "hidden.yaml").write_text(text)
    result = graded(STUDENT, late=ON_TIME)
    result.scope = replace(result.scope, course=load_course(tmp_path / "hidden.yaml"))
    given = grades_of(result, read(manual="student,task,score\n0042,drawn,3\n0042,third,2\n"))
    page = student_page(given, published=False)
    assert '9 <span class="soft">/ 6 points, +3 bonus included</span>' in page
    assert "bonus points count" not in page

"""Runs that leave out tasks or checks: no page, table or total counts what did not run."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from math import fsum

import pytest
from rich.console import Console

from autograder.config.paths import REPOSITORY
from autograder.exit_codes import UserError
from autograder.grading.command import run as run_grading
from autograder.grading.gradebook.adjustments import Adjustments, Extension, StaffScore
from autograder.grading.gradebook.canvas import canvas_csv, left_out
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, grades_of
from autograder.grading.gradebook.grades_csv import grades_csv, rows_of
from autograder.grading.gradescope.document import cut_short, document
from autograder.grading.intake import IdKind, Student
from autograder.grading.judging.result import Scope
from autograder.grading.reports.index_page import index_page
from autograder.grading.reports.instructor import instructor_page
from autograder.grading.reports.recorder import Recorder
from autograder.grading.reports.results_json import results
from autograder.grading.reports.student import student_page
from autograder.grading.reports.terminal import table
from autograder.tests.support.graded_class import graded_class
from checkkit.points import written
from checkkit.runner.outcomes import Outcome

TRAIN = {"train_ddpm", "train_ddpm_cfg", "digits", "hidden_training"}
ANNA, BERT = (Student(n, name, kind=IdKind.CANVAS) for n, name in (("1", "anna"), ("2", "bert")))


def right(student=ANNA, not_run=(), only=None, **fields):
    """A submission that has right whatever ran of it, in time.

    Args:
        not_run: tasks without any check that ran; of train_ddpm the first check alone did not run.
        only: the tasks of the run.
    """
    graded = graded_class(2)[1]
    for result in graded.results.values():
        result.exhibits = []
        whole = result.task in not_run and result.task != "train_ddpm"
        part = result.task in not_run and result.check.endswith("_0")
        if result.outcome is not Outcome.NOT_RUN:
            result.outcome = Outcome.NOT_RUN if whole or part else Outcome.PASSED
    if only is not None:
        checks = tuple(check for check in graded.scope.checks if check.task in only)
        graded.scope = Scope(graded.scope.course, checks, tuple(only))
        names = {check.name for check in checks}
        graded.results = {n: r for n, r in graded.results.items() if n in names}
    return replace(
        graded,
        name=student.id,
        students=(student,),
        **{"submitted_at": "2026-12-11T12:00:00+01:00", "suspicions": (), "complaints": ()}
        | fields,
    )


def rows(*submissions, adjustments=NO_ADJUSTMENTS):
    return rows_of(grades_of(one, adjustments) for one in submissions)


def possible(result):
    """The points of the checks that ran."""
    ran = [r.check for r in result.results.values() if r.outcome is not Outcome.NOT_RUN]
    return sum(result.scope.shares[check] for check in ran)


@pytest.fixture(params=["skip training", "only two tasks"])
def run(request):
    """run(student): a submission of a run that leaves something out."""

    def run(student=ANNA, **fields):
        if request.param == "skip training":
            return right(student, TRAIN, **fields)
        return right(student, only=("blocks", "hidden_sample"), **fields)

    return run


def printed(rows):
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table(rows))
    return console.export_text()


# --------------------------------------------------------------------------------- denominators


def test_every_page_and_table_has_the_same_points(run):
    result = run()
    points = possible(result)
    assert 0 < points < 100
    number = written(points)
    grades = grades_of(result)
    assert grades.shared.possible == float(number)
    assert f'{number} <span class="soft">/ {number} points' in student_page(grades, True)
    assert f'{number} <span class="soft">/ {number} points' in instructor_page(grades, {})
    found = results(grades)
    assert found["score"] == pytest.approx(points, abs=0.01)
    assert found["extra_data"]["max_score"] == float(number)
    assert fsum(test["max_score"] for test in found["tests"]) == pytest.approx(points, abs=1e-3)
    assert f"/ {number}" in printed(rows(result))
    page = index_page([grades, grades_of(run(BERT))])
    assert f"of {number} points; the median is {number}; 2 have all points" in page


def test_a_run_that_is_right_reads_like_one(run):
    page = index_page([grades_of(run()), grades_of(run(BERT))])
    assert "100 %" in page
    assert not re.search(r">0 %", page)
    assert "<strong>0</strong> flagged" in page
    assert "0 have all points" not in page
    report = student_page(grades_of(run()), True)
    assert report.count("not run") == 1, "in the sentence that says what is left out"
    assert "Not all run" not in report


def test_each_page_says_once_what_is_left_out():
    result = right(ANNA, TRAIN)
    for page in (
        student_page(grades_of(result), True),
        instructor_page(grades_of(result), {}),
        index_page([grades_of(result), grades_of(right(BERT, TRAIN))]),
        results(grades_of(result))["output"],
    ):
        assert page.count("Not graded in this run: Your own training loop; Digits emerge") == 1
        assert page.count("Not all checks ran of: The training loop.") == 1
        assert page.count("left out on this page") == 1
        assert "not run: " not in page


def test_before_publication_nobody_reads_which_hidden_tasks_are_left_out():
    result = right(ANNA, {"hidden_training"})
    page = student_page(grades_of(result), False)
    assert result.scope.course.auto_tasks["hidden_training"].title not in page
    assert "This run graded only a part of the checks." in page
    assert "hidden_" not in page


def test_a_whole_run_says_nothing_of_it():
    for page in (student_page(grades_of(right()), True), index_page([grades_of(right())])):
        assert "left out" not in page


def test_what_the_platform_cut_short_is_not_left_out():
    result = right()
    for name in [n for n, r in result.results.items() if r.task in ("unet", "cfg_sample")]:
        del result.results[name]
    cut_short(result, "the time is up")
    grades = grades_of(result)
    assert grades.shared.possible == pytest.approx(100)
    assert grades.shared.total == pytest.approx(100 - 6 - 6)
    data = json.loads(document(grades))
    assert sum(test["max_score"] for test in data["tests"]) == pytest.approx(100, abs=0.01)
    assert "Some checks did not run" in data["output"]


# ------------------------------------------------------------------------------------- canvas.csv


def canvas(*submissions, partial=True, adjustments=NO_ADJUSTMENTS):
    text = canvas_csv(rows(*submissions, adjustments=adjustments), partial)
    return list(csv.reader(io.StringIO(text, newline="")))


def test_rows_of_a_partial_run_are_left_out_and_named(run):
    found = rows(run(), run(BERT))
    assert len(canvas(run(), run(BERT), partial=False)) == 2
    ((reason, names),) = left_out(found).items()
    assert names == ["anna (1)", "bert (2)"]
    assert reason.startswith(("not all checks ran: ", "not graded: "))


def test_partial_writes_what_was_judged(run):
    points = written(possible(run()))
    assert left_out(rows(run(), run(BERT)), partial=True) == {}
    _, second, anna, bert = canvas(run(), run(BERT))
    assert second == ["    Points Possible", "", "", "", "", points]
    assert float(anna[5]) == float(bert[5]) == pytest.approx(float(points), abs=0.005)


def test_partial_leaves_out_who_lacks_what_others_have():
    marked = Adjustments(manual={("1", "figures_ddpm"): StaffScore(5)})
    waiting = right(BERT)
    waiting.results["test_digits::test_claim_0"].outcome = Outcome.REVIEW
    _, points, anna = canvas(right(ANNA), waiting, adjustments=marked)
    assert (points[5:], anna[5:]) == (["100", "6"], ["100", "5"])
    assert left_out(rows(right(ANNA), waiting, adjustments=marked), partial=True) == {
        "points wait for a person: digits": ["bert (2)"]
    }
    lacking = rows(right(ANNA), right(BERT, {"train_ddpm"}))
    assert left_out(lacking, partial=True) == {"not all checks ran: train_ddpm": ["bert (2)"]}


def test_the_page_for_staff_names_the_rows_that_are_left_out(tmp_path):
    with Recorder(tmp_path, formats=("plain", "canvas")) as recorder:
        recorder.finish(right(ANNA, TRAIN))
    page = (tmp_path / "index.html").read_text()
    assert "Not in canvas.csv" in page and "anna (1)" in page
    assert list(recorder.not_in_canvas.values()) == [["anna (1)"]]
    with Recorder(tmp_path, formats=("plain", "canvas"), partial=True) as recorder:
        recorder.finish(right(ANNA, TRAIN))
    assert recorder.not_in_canvas == {}
    assert "anna" in (tmp_path / "canvas.csv").read_text()


def test_partial_is_for_canvas(tmp_path):
    with pytest.raises(UserError, match="--partial: it is for canvas"):
        run_grading([REPOSITORY.starter], tmp_path / "results", partial=True)
    assert not (tmp_path / "results").exists()


# ------------------------------------------------------------------------------------ the terminal


def test_points_are_rounded_in_one_way_wherever_they_are_written():
    said = Adjustments(overrides={("1", "sample"): StaffScore(7.9996)})
    found = rows(right(), adjustments=said)
    (cells,) = csv.DictReader(io.StringIO(grades_csv(found)))
    assert (cells["sample"], cells["total"]) == ("8", "100")
    assert printed(found).count("99.9") == 0 and "│   100 │" in printed(found)
    assert canvas_csv(found, partial=True).splitlines()[-1].endswith(",100")
    (row,) = found
    grades = row.submission
    page = results(grades)
    assert page["score"] == 100 and "8 of 8" in json.dumps(page)
    assert round(fsum(test["max_score"] for test in page["tests"]), 9) == 100
    assert '100 <span class="soft">/ 100 points' in instructor_page(grades, {})


def test_the_total_of_the_terminal_is_that_of_grades_csv():
    late = right(BERT)
    late.submitted_at = "2026-12-13T10:00:00+01:00"
    said = Adjustments({("1", "figures_ddpm"): StaffScore(5.5)}, {("2", "sample"): StaffScore(0)})
    found = rows(right(ANNA), late, adjustments=said)
    totals = [row["total"] for row in csv.DictReader(io.StringIO(grades_csv(found)))]
    assert totals == ["105.5", "73.6"]
    text = printed(found)
    assert [line.split("│")[-4].strip() for line in text.splitlines() if "│ 1 " in line] == [
        totals[0]
    ]
    assert [line.split("│")[-4].strip() for line in text.splitlines() if "│ 2 " in line] == [
        totals[1]
    ]


def test_students_with_grades_of_their_own_have_rows_of_their_own():
    pair = replace(right(), name="pair", students=(ANNA, BERT))
    assert printed(rows(pair)).count("pair") == 1
    text = printed(rows(pair, adjustments=Adjustments(overrides={("1", "unet"): StaffScore(0)})))
    assert re.findall(r"pair: \d", text) == ["pair: 1", "pair: 2"]


def test_the_terminal_shows_no_points_of_what_could_not_be_graded():
    broken = replace(right(), problem="is empty", results={}, finished=False)
    (line,) = [line for line in printed(rows(broken, right(BERT))).splitlines() if "empty" in line]
    assert not re.search(r"\d+\.?\d* +│ is empty", line)
    assert line.count(" - ") >= 3


# ------------------------------------------------------------------------- what students see, when


def dated(visibility="after_due_date"):
    """A submission to a course in which the hidden tasks of sampling are shown after the date."""
    result = right()
    course = result.scope.course
    core, *others = course.assignments
    parts = tuple(
        part.model_copy(
            update={
                "tasks": tuple(
                    t.model_copy(update={"visibility": visibility})
                    if t.id == "hidden_sample"
                    else t
                    for t in part.tasks
                )
            }
        )
        for part in core.parts
    )
    core = core.model_copy(update={"parts": parts})
    core.__dict__.pop("tasks", None)
    new = course.model_copy(update={"assignments": (core, *others)})
    for name in ("tasks", "auto_tasks", "known_tasks", "enabled_tasks"):
        new.__dict__.pop(name, None)
    result.scope = replace(result.scope, course=new)
    return result


def test_tasks_for_after_the_due_date_are_shown_then():
    result = dated()
    due = result.scope.course.assignments[0].due
    hour = timedelta(hours=1)
    more = Adjustments(extensions={("somebody", "core"): Extension(due + 5 * hour)})
    for now, adjustments, shown in (
        (due - hour, NO_ADJUSTMENTS, False),
        (due, NO_ADJUSTMENTS, False),
        (due + hour, NO_ADJUSTMENTS, True),
        (due + hour, more, False),
        (due + 6 * hour, more, True),
    ):
        page = student_page(grades_of(result, adjustments, now), published=False)
        assert ('id="hidden_sample"' in page) is shown
        assert 'id="hidden_cfg_sample"' not in page
    assert 'id="hidden_sample"' not in student_page(
        grades_of(dated("after_published"), now=due + hour), published=False
    )


def test_the_report_of_an_earlier_run_is_written_again_after_the_due_date(tmp_path, monkeypatch):
    result = replace(dated(), fresh=False)
    due = result.scope.course.assignments[0].due
    pages = []
    for hours in (-1, 1):
        now = due + timedelta(hours=hours)
        monkeypatch.setattr(
            "autograder.grading.reports.recorder.grades_of",
            lambda result, adjustments, now=now: grades_of(result, adjustments, now),
        )
        with Recorder(tmp_path) as recorder:
            recorder.finish(result)
        pages.append((tmp_path / "1" / "report.html").read_text())
    assert ['id="hidden_sample"' in page for page in pages] == [False, True]


def test_a_submission_that_cannot_be_read_shows_no_score():
    broken = replace(right(submitted_at=""), problem="is empty", results={}, finished=False)
    report = student_page(grades_of(broken), False)
    assert "Not graded" in report
    assert "Further checks" not in report and "lateness" not in report
    assert not re.search(r"[\d–] <span class=\"soft\">/ ", report)
    staff = instructor_page(grades_of(broken), {})
    assert "Not graded" in staff
    assert not re.search(r"– <span class=\"soft\">/ ", staff)


def test_the_title_of_the_course_is_on_every_page():
    result = right()
    title = "Deep Generative Models, autumn 2026"
    course = result.scope.course.model_copy(update={"title": title})
    result.scope = replace(result.scope, course=course)
    grades = grades_of(result)
    for page in (index_page([grades]), student_page(grades, True), instructor_page(grades, {})):
        assert page.count(title) >= 1
        assert page.partition("</title>")[2].count(title) == 1

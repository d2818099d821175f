"""What students and staff read of one submission: points of people, lateness, and what is whose."""

import re
from dataclasses import replace
from datetime import datetime

import pytest

from autograder.grading.gradebook.adjustments import Adjustments, Extension, StaffScore
from autograder.grading.gradebook.grades import NO_ADJUSTMENTS, grades_of
from autograder.grading.gradebook.grades_csv import grades_csv, rows_of
from autograder.grading.reports.index_page import index_page
from autograder.grading.reports.instructor import instructor_page
from autograder.grading.reports.results_json import results, results_json
from autograder.grading.reports.student import student_page
from autograder.tests.support.pair import ADJUSTMENTS, LATE, handed_in, page, staff_report
from checkkit.runner.outcomes import Outcome

FAMILY = Adjustments(
    overrides={("1", "unet"): StaffScore(6, "PRIVATE-REASON")},
    extensions={("2", "core"): Extension(datetime.fromisoformat("2026-12-14T00:00:00+01:00"))},
)


def score(text: str) -> tuple[float, float]:
    """Points and how many there are, from the top of a report."""
    found = re.search(r'class="big">([\d.]+) <span class="soft">/ ([\d.]+) points', text)
    return float(found[1]), float(found[2])


# -------------------------------------------------------------------------------- report.html


def test_report_has_points_of_people_with_what_they_said():
    text = page(handed_in(), ADJUSTMENTS)
    assert "No axes." in text
    assert "graded by a person" in text
    assert "A person set the points of this task. A line is copied." in text
    assert score(text) == (
        pytest.approx(grades_of(handed_in(), ADJUSTMENTS).shared.total, abs=0.01),
        106,
    )


def test_lateness_is_a_line_of_its_own():
    text = page(handed_in())
    late = grades_of(handed_in()).shared.assignments[0].late
    line = re.search(r'<p class="deduction">.*?</p>', text, re.DOTALL)[0]
    assert "2 days late" in line
    assert f"−{round(late.deduction, 2):g}" in line
    assert (
        "deduction"
        not in page(replace(handed_in(), submitted_at="", said_late=False)).partition("</style>")[2]
    )


def test_before_publication_lateness_does_not_tell_the_hidden_total():
    graded = handed_in()
    text = page(graded, published=False)
    line = re.search(r'<p class="deduction">.*?</p>', text, re.DOTALL)[0]
    assert "2 days late: you see the deduction when grades are published" in line
    late = grades_of(graded).shared.assignments[0].late
    for words in (late.text, f"{round(late.deduction, 2):g}"):
        assert words not in text
    visible = sum(s.earned for s in graded.scores() if not s.task.hidden)
    assert score(text)[0] == pytest.approx(visible, abs=0.01)


def test_what_a_person_said_of_a_hidden_task_is_not_told():
    said = Adjustments(
        overrides={(n, "hidden_sample"): StaffScore(7, "SECRET-REASON") for n in "12"}
    )
    for published in (False, True):
        assert "SECRET-REASON" not in page(handed_in(), said, published)
    assert "SECRET-REASON" not in results_json(grades_of(handed_in(), said))


def test_of_a_hidden_check_students_read_whether_it_passed_and_not_how_it_ended_or_when():
    """A submission chooses all else by what it was asked."""

    def told(outcome: Outcome, seconds: float) -> tuple[str, str]:
        graded = handed_in()
        for name, check in graded.results.items():
            if check.task == "hidden_sample":
                graded.results[name] = replace(check, outcome=outcome, seconds=seconds)
        graded = replace(graded, seconds=seconds)
        return page(graded), results_json(grades_of(graded))

    failed = told(Outcome.FAILED, 1.0)
    assert failed == told(Outcome.CRASHED, 2.0) == told(Outcome.BLOCKED, 3.25)
    assert failed != told(Outcome.PASSED, 1.0)
    kept = [one["extra_data"] for one in results(grades_of(handed_in()))["tests"]]
    assert {"task": "hidden_sample", "check": "hidden_sample::1"} in kept


def test_nobody_reads_what_is_another_s_own():
    """One has an override with a reason, the other more time: the page is for both of them."""
    graded = handed_in()
    grades = grades_of(graded, FAMILY)
    assert grades.differ
    text = student_page(grades, True)
    assert "PRIVATE-REASON" not in text + results_json(grades)
    assert "differ in your group" in text
    assert "2 days late" not in text
    assert score(text)[0] == pytest.approx(sum(s.earned for s in graded.scores()), abs=0.01)


def test_no_member_s_deduction_is_the_score_of_the_others():
    graded = handed_in()
    more = FAMILY.extensions
    assert more
    found = results(grades_of(graded, Adjustments(extensions=more)), published=True)
    assert found["score"] == pytest.approx(sum(s.earned for s in graded.scores()), abs=0.01)
    assert not any("handed in late" in test["name"] for test in found["tests"])
    assert "differ in your group and are not counted here" in found["output"]
    one, other = (own["scores"] for own in found["extra_data"]["students"])
    assert one != other


def test_person_s_points_are_told_where_nothing_could_be_graded():
    graded = replace(handed_in(), problem="holds no folder named diffusion", finished=False)
    text = page(replace(graded, submitted_at=""), ADJUSTMENTS)
    assert "No axes." in text
    assert "A line is copied." in text
    assert 'id="forward"' not in text
    assert score(text)[0] == 8


def test_what_a_hidden_check_says_is_nowhere_after_publication():
    graded = handed_in()
    for check in graded.results.values():
        if check.task == "hidden_sample":
            check.outcome, check.message = (
                Outcome.CRASHED,
                "diffusion/ddpm.py cannot be imported, line 1: SAID",
            )
    text = student_page(grades_of(graded), True)
    assert 'id="hidden_sample"' in text and "SAID" not in text


def test_student_never_reads_of_suspicions():
    graded = handed_in(suspicions=("cfg.py:3: SUSPICION",))
    grades = grades_of(graded)
    assert "SUSPICION" not in student_page(grades, True) + results_json(grades)
    assert "SUSPICION" in instructor_page(grades, {})


USED = "this submission had used its 15 minutes"


def out_of_time(task):
    """Grades of a submission whose last check of this task did not run."""
    graded = handed_in(out_of_time=USED, suspicions=("cfg.py:3: opens a file",))
    last = [check for check in graded.results.values() if check.task == task][-1]
    last.outcome, last.message = Outcome.TIMED_OUT, f"not run: {USED}"
    return grades_of(graded)


@pytest.mark.parametrize(("task", "at_once"), [("forward", True), ("hidden_sample", False)])
def test_students_read_of_used_time_with_the_first_check_that_they_see(task, at_once):
    grades, words = out_of_time(task), "Not all checks ran"
    assert (words in results_json(grades)) == (words in student_page(grades, False)) == at_once
    assert words in results_json(grades, published=True)
    assert words in student_page(grades, True)


def test_everybody_reads_that_a_submission_had_used_its_time():
    words, grades = USED, out_of_time("forward")
    assert f"Not all checks ran: {words}." in results_json(grades)
    assert f"Not all checks ran: {words}." in student_page(grades, True)
    for text in (
        instructor_page(grades, {}),
        index_page([grades]),
        grades_csv(rows_of([grades])),
    ):
        assert f"not all checks ran: {words}" in text
        assert "opens a file" in text


# -------------------------------------------------------------------------------- results.json


@pytest.mark.parametrize("said", [NO_ADJUSTMENTS, ADJUSTMENTS, FAMILY])
def test_lines_of_results_json_add_up_to_the_score(said):
    graded = handed_in()
    found = results(grades_of(graded, said))
    assert found["score"] == pytest.approx(sum(t["score"] for t in found["tests"]), abs=0.01)


def test_late_line_of_results_json_is_shown_with_the_points_that_it_follows_from():
    found = results(grades_of(handed_in()))
    (late,) = [test for test in found["tests"] if "late_days" in test["extra_data"]]
    assert late["score"] < 0
    assert late["visibility"] == "after_published"
    assert late["extra_data"] == {"assignment": "core", "late_days": 2}


def test_decisions_are_lines_of_results_json():
    found = results(grades_of(handed_in(), ADJUSTMENTS))
    lines = {t["extra_data"]["task"]: t for t in found["tests"] if "source" in t["extra_data"]}
    assert lines["figures_ddpm"]["score"] == 5
    assert lines["figures_ddpm"]["max_score"] == 6
    assert lines["sample"]["score"] == -5
    assert lines["sample"]["output"] == "A line is copied."
    assert found["extra_data"]["max_score"] == 106
    assert [one["id"] for one in found["extra_data"]["students"]] == ["1", "2"]


def test_deduction_never_takes_more_than_there_is():
    graded = handed_in()
    for result in graded.results.values():
        result.outcome = Outcome.FAILED
    found = results(grades_of(graded))
    assert found["score"] == 0
    assert sum(test["score"] for test in found["tests"]) == 0


# ----------------------------------------------------------------------------- instructor.html


def test_staff_read_everything():
    graded, _, text = staff_report(
        ignored=("notes.txt",),
        complaints=("it changed the default dtype",),
        outputs=("printed at the end",),
        from_starter=("training.py",),
        suspicions=("cfg.py:3: opens a file",),
        retried=("test_schedule::test_claim_0",),
        fresh=False,
    )
    for words in (
        *("notes.txt", "it changed the default dtype", "printed at the end", "training.py"),
        *("cfg.py:3: opens a file", "ran again", "in an earlier run", graded.seeds[0]),
        *("Traceback of test_hidden_sample::test_claim_0", "x_t: sqrt missing", "Anna Ito"),
        *("anna@example.edu", LATE, "data:image/png;base64,", "seen 1, expected 2"),
    ):
        assert words in text, words
    for check, result in graded.results.items():
        assert check in text
        assert f"{result.seconds:.2f}" in text


def test_staff_read_what_each_student_has_and_why():
    _, grades, text = staff_report(FAMILY)
    anna, ben = re.findall(
        r'<section class="card" aria-labelledby="counts-.*?</section>', text, re.S
    )
    assert "PRIVATE-REASON" in anna
    assert "checks gave 6" in anna
    assert "2 days" in anna
    assert "PRIVATE-REASON" not in ben
    assert "2 days" not in ben
    for grade, account in zip(grades.students, (anna, ben), strict=True):
        assert f">{round(grade.assignments[0].total, 2):g} <" in account


def test_students_with_the_same_are_told_of_once():
    _, _, text = staff_report(ADJUSTMENTS)
    assert text.count('aria-labelledby="counts-') == 1

"""index.html as text: what it counts, and that it needs nothing else."""

import re
from dataclasses import replace

from autograder.grading.gradebook.adjustments import Adjustments, StaffScore
from autograder.grading.gradebook.grades import grades_of
from autograder.grading.gradebook.grades_csv import rows_of
from autograder.grading.intake import Student
from autograder.grading.reports.index_page import (
    flagged,
    histograms,
    index_page,
    task_statistics,
)
from autograder.tests.support.graded_class import graded_class
from checkkit.runner.outcomes import Outcome

NOT_RUN = Outcome.NOT_RUN

# ------------------------------------------------------------------------------ what is hostile


def test_page_needs_nothing_else(many):
    text = many[0].read_text()
    assert not re.findall(r'<(?:script|img|link|iframe)[^>]*src="(?!data:)', text)
    assert "<link" not in text
    assert re.search(r"script-src 'sha256-[\w+/=]{44}'", text)
    assert "unsafe-inline'; img-src data:" in text  # for style alone


# --------------------------------------------------------------------------------- the figures


def test_groups_count_once_among_tasks_and_twice_among_totals(many):
    submissions = many[1]
    statistics = {one.task.id: one for one in task_statistics(submissions)}
    assert statistics["blocks"].graded == sum(not one.result.problem for one in submissions)
    assert len(histograms(rows_of(submissions))[0].totals) > statistics["blocks"].graded


def test_a_task_without_points_has_no_percentage():
    (result,) = graded_class(1)
    (student,) = result.students
    decided = Adjustments(overrides={(student.id, "digits_gpu"): StaffScore(0, "no GPU")})
    page = index_page([grades_of(result, decided)])
    (row,) = re.findall(r'<span class="soft">digits_gpu</span></th>.*?</tr>', page, re.DOTALL)
    assert 'data-label="All points" data-sort="-1"' in row and "%" not in row


# ------------------------------------------------------------------------------------- a phone


def test_what_the_whole_run_did_without_flags_nobody(many):
    skipped = replace(many[1][0].result.results["test_digits::test_claim_0"], outcome=NOT_RUN)

    def right(result, **fields):
        """Everything passed, as far as it ran, by one student."""
        results = {n: replace(r, outcome=Outcome.PASSED) for n, r in result.results.items()}
        student = (Student(result.name),)
        results |= {} if fields.pop("whole", False) else {skipped.check: skipped}
        return grades_of(replace(result, results=results, students=student, problem="", **fields))

    results = [one.result for one in many[1] if not one.result.problem][:4]
    submissions = [right(result, suspicions=()) for result in results]
    assert {one.flags for one in submissions} == {("not run: digits",)}
    assert flagged(rows_of(submissions)) == 0
    submissions[0] = right(results[0], suspicions=("ddpm.py:1: imports os",))
    assert flagged(rows_of(submissions)) == 1
    submissions[1] = right(results[1], suspicions=(), whole=True)
    assert submissions[1].flags == ()
    assert flagged(rows_of(submissions)) == 3  # all but that one: the whole run had the check

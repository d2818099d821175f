"""index.html as text: what it counts, and that it needs nothing else."""

import re
from dataclasses import replace

from autograder.grading.gradebook.adjustments import Adjustments, StaffScore
from autograder.grading.gradebook.grades import grades_of
from autograder.grading.gradebook.grades_csv import rows_of
from autograder.grading.intake import Student
from autograder.grading.reports.index_page import (
    flagged,
    index_page,
    task_statistics,
)
from autograder.tests.support.graded_class import graded_class
from checkkit.runner.outcomes import Outcome

NOT_RUN = Outcome.NOT_RUN
GROUPS = ("ag", "bc", "d", "e", "f")  # g has no mark

# ------------------------------------------------------------------------------ what is hostile


def test_page_needs_nothing_else(many):
    text = many[0].read_text()
    assert not re.findall(r'<(?:script|img|link|iframe)[^>]*src="(?!data:)', text)
    assert "<link" not in text
    assert re.search(r"script-src 'sha256-[\w+/=]{44}'", text)
    assert "unsafe-inline'; img-src data:" in text  # for style alone


# --------------------------------------------------------------------------------- the figures


def test_tasks_count_students_as_totals_do(many):
    """Of six marks, two are those of a group, whose students have different ones."""
    rows = rows_of(many[1])
    statistics = {one.task.id: one for one in task_statistics(rows)}
    graded = [row for row in rows if not row.submission.result.problem]
    assert (
        statistics["blocks"].graded
        == len(graded)
        > len({row.submission.result.name for row in graded})
    )
    marks = dict(zip("abcdef", (4.5, 3.25, 5, 2, 1.75, 3), strict=True))
    said = {(name, "figures_ddpm"): StaffScore(mark) for name, mark in marks.items()}
    one = graded_class(1)[0]
    groups = [replace(one, name=names, students=tuple(map(Student, names))) for names in GROUPS]
    submissions = [grades_of(group, Adjustments(said)) for group in groups]
    marked = {one.task.id: one for one in task_statistics(rows_of(submissions))}["figures_ddpm"]
    assert (marked.graded, marked.mean, marked.full) == (6, 3.25, 0)
    assert "3.25 / 6" in index_page(submissions)


def test_the_median_crosses_no_number(many):
    for count in (1, 2, 7, 60):
        text = index_page([grades_of(one) for one in graded_class(count)])
        lines = re.findall(r'<line class="median" x1="(.+?)" x2=".+?" y1="(.+?)" y2="(.+?)"', text)
        numbers = re.findall(r'<text x="(.+?)" y="(.+?)" text-anchor="middle">\d', text)
        assert lines and numbers
        for x, top, bottom in lines:
            for at, foot in numbers:  # ten units high, at most twenty wide
                beside = abs(float(x) - float(at)) > 10
                assert beside or float(bottom) < float(foot) - 10 or float(top) > float(foot)


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

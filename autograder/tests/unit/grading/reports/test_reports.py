"""What students and staff can read, and what they cannot."""

import re

import pytest

from autograder.grading.gradebook.grades import grades_of
from autograder.grading.judging.checks import CheckInfo
from autograder.grading.judging.scoring import TaskScore, share_of
from autograder.grading.reports.recorder import Recorder
from autograder.grading.reports.results_json import results
from autograder.grading.reports.student import student_page
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult
from checkkit.text import defused, harmless, one_line

SECRET = "SECRET-MESSAGE"
FAILING = {"hidden_sample": Outcome.FAILED, "sample": Outcome.FAILED}


# ---------------------------------------------------------------------------------- visibility


def test_before_publication_the_report_knows_nothing_of_hidden_tasks(made):
    page = student_page(grades_of(made(FAILING)), published=False)
    assert "hidden_" not in page
    assert "more checks" not in page
    assert "/ 68 points" in page  # the visible ones; 100 would tell how many are hidden
    assert "/ 100" not in page


def test_after_publication_hidden_outcomes_are_told_and_no_more(made):
    graded = made(FAILING, message=SECRET)
    page = student_page(grades_of(graded), published=True)
    assert "/ 100 points" in page
    start = page.index('id="hidden_sample"')
    article = page[start : page.index("</article>", start)]
    assert "not right yet" in article
    for word in (SECRET, "The claim of", "hint", "test_hidden", "diffusion/"):
        assert word not in article


def test_hidden_tests_of_results_json_have_no_text(made):
    tests = results(grades_of(made(FAILING, message=SECRET)))["tests"]
    hidden = [test for test in tests if test["extra_data"]["task"].startswith("hidden_")]
    assert len(hidden) == 6
    assert {test["visibility"] for test in hidden} == {"after_published"}
    assert not any(test["output"] or "claim" in test["name"] for test in hidden)
    assert any(SECRET in test["output"] for test in tests if test not in hidden)


def test_run_without_isolation_is_marked_everywhere(made, tmp_path):
    with Recorder(tmp_path) as recorder:
        graded = made({}, isolation="none", of_record=False)
        recorder.begin(graded)
        recorder.finish(graded)
    for path in (
        *(tmp_path / "anna" / name for name in ("results.json", "report.html")),
        *(tmp_path / name for name in ("grades.csv", "index.html")),
    ):
        assert "not of record" in path.read_text().lower(), path


def test_grader_errors_come_first_on_the_page_for_staff(made, tmp_path):
    with Recorder(tmp_path) as recorder:
        for name, outcomes in (("anna", {}), ("ben", {"unet": Outcome.GRADER_ERROR})):
            recorder.begin(made(outcomes, name=name))
            recorder.finish(made(outcomes, name=name))
    page = (tmp_path / "index.html").read_text()
    urgent = re.search(r'<section[^>]*"urgent">.*?</section>', page, re.DOTALL)[0]
    assert "ben" in urgent
    assert "grader error: unet" in urgent
    assert "anna" not in urgent


# ----------------------------------------------------------------------------------- the words


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_cells_that_are_formulas_are_defused(cell):
    assert defused(cell) == f"'{cell}"


def test_ordinary_cells_stay_as_they_are():
    assert defused("anna-1") == "anna-1"


def test_harmless_text_has_no_codes_and_an_end():
    text = "\x1b[31mred\x1b[0m \x1b]0;title\x07 a\u202eb \x00 \ud800 line\nnext"
    assert harmless(text) == "red  a�b � � line\nnext"
    assert len(harmless("x" * 100_000)) < 4_100
    assert one_line("a\nb\tc") == "a b c"


def test_page_escapes_what_a_submission_says(made):
    page = student_page(grades_of(made({"schedule": Outcome.FAILED})), published=False)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\x1b" not in page


def test_report_stands_alone_and_is_small(made, tmp_path):
    page = student_page(grades_of(made({"schedule": Outcome.FAILED})), published=False)
    assert len(page.encode()) < 1_500_000
    assert page.count("data:image/png;base64,") == 2  # the grid and the curve
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert 'name="viewport"' in page
    assert all('alt="' in image for image in re.findall(r"<img[^>]*>", page))
    assert "prefers-color-scheme: dark" in page


# ------------------------------------------------------------------------------------ the points


def result(name: str, outcome: Outcome) -> CheckResult:
    return CheckResult(name, "schedule", "A claim.", outcome)


def test_points_follow_weights_and_supporting_checks_count_beside_others(made):
    task = (
        made({})
        .scope.course.auto_tasks["schedule"]
        .model_copy(update={"weights": {"test_heavy": 3.0}})
    )
    checks = (
        CheckInfo("test_a::test_heavy", "schedule", False, False),
        CheckInfo("test_a::test_light[1]", "schedule", False, False),
        CheckInfo("test_a::test_yes", "schedule", False, False, supporting=True),
    )
    shares = {check.name: share_of(check, task, checks) for check in checks}
    assert shares == {checks[0].name: 3.0, checks[1].name: 1.0, checks[2].name: 1.0}

    def earned(*outcomes: Outcome) -> float:
        found = {c.name: result(c.name, o) for c, o in zip(checks, outcomes, strict=True)}
        return TaskScore(task, checks, shares, found).earned

    passed, failed = Outcome.PASSED, Outcome.FAILED
    assert earned(passed, passed, passed) == 5
    assert earned(passed, failed, failed) == 3
    assert earned(failed, passed, passed) == 2

    # A task that rests on this one gives points only while one of its main checks passes.
    def resting(*outcomes: Outcome) -> TaskScore:
        found = {c.name: result(c.name, o) for c, o in zip(checks, outcomes, strict=False)}
        base = TaskScore(task, checks, shares, found)
        own = {checks[0].name: result(checks[0].name, passed)}
        return TaskScore(task, checks[:1], shares, own, bases=(base,))

    assert resting(failed, passed, failed).earned == 3
    assert resting(failed, failed, passed).earned == 0
    assert task.title in resting(failed, failed, passed).remark
    assert resting(failed, failed).earned == 3  # not judged to its end
    assert resting(failed, failed, Outcome.NOT_RUN).earned == 3
    assert resting(failed, failed, Outcome.GRADER_ERROR).earned == 3  # ours to mend
    assert earned(failed, failed, passed) == 0
    assert earned(passed, passed, Outcome.GRADER_ERROR) == 0

"""The kill matrix of made-up results: survivors, bugs that other tasks kill, idle checks."""

import csv
import io

import pytest

from autograder.grading.judging.checks import CheckInfo
from autograder.validation.known_bugs.diagnoses import NUMBERS, misleading, share_right
from autograder.validation.known_bugs.entries import Edit, KnownBug, Variant
from autograder.validation.known_bugs.judging import Ending, Row
from autograder.validation.known_bugs.matrix import Matrix, Verdict
from autograder.validation.known_bugs.pages import csv_text, html
from checkkit.runner.outcomes import Outcome

P, F, N, B = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_RUN, Outcome.BLOCKED
CHECKS = (
    CheckInfo("test_a::test_one", "forward", False, False),
    CheckInfo("test_a::test_two", "forward", False, False),
    CheckInfo("test_h::test_hidden", "hidden_forward", True, False),
    CheckInfo("test_b::test_other", "sample", False, False),
    CheckInfo("test_c::test_long", "sample", False, True),
)
EDITS = (Edit(file="a.py", find="x", replace="y"),)


def bug(*outcomes: Outcome, task="forward", killed_by="test_one", problem="", **fields) -> Row:
    """A known bug whose checks ended like this, in the order of CHECKS."""
    fields |= {"task": task, "killed_by": killed_by, "edits": EDITS}
    entry = KnownBug(name="m", words="A <b>bug</b>.", **fields)
    names = [check.name for check in CHECKS]
    return Row(
        entry,
        {n: Ending(o, "<i>seen</i>") for n, o in zip(names, outcomes, strict=False)},
        problem,
    )


def variant(*outcomes: Outcome) -> Row:
    row = bug(*outcomes)
    return Row(Variant(name="v", words="Another way.", edits=EDITS), row.endings)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (bug(F, P, P, P, N), Verdict.KILLED),
        (bug(P, P, P, P, N), Verdict.SURVIVED),
        (bug(P, P, P, F, N), Verdict.OTHER_TASK),
        (bug(P, F, P, P, N), Verdict.OTHER_CHECK),
        (bug(P, P, F, P, N), Verdict.OTHER_CHECK),
        (bug(P, P, F, P, N, killed_by="test_hidden"), Verdict.KILLED),
        (bug(P, P, P, P, N, task="sample", killed_by="test_long"), Verdict.NOT_TESTED),
        (bug(Outcome.TIMED_OUT, P, P, P, N), Verdict.KILLED),
        (bug(Outcome.CRASHED, P, P, P, N), Verdict.KILLED),
        (bug(F, P, P, Outcome.GRADER_ERROR, N), Verdict.NOT_JUDGED),
        (bug(problem="crashed"), Verdict.NOT_JUDGED),
        (bug(B, P, P, P, N), Verdict.SURVIVED),
        (bug(F, B, P, P, N, only=()), Verdict.KILLED),
        (bug(F, F, P, P, N, only=()), Verdict.SPREADS),
        (bug(F, F, P, F, N, only=["test_two"]), Verdict.SPREADS),
        (bug(F, F, P, P, N, only=["test_two"]), Verdict.KILLED),
        (bug(F, P, P, P, N, says="seen"), Verdict.KILLED),
        (bug(F, P, P, P, N, says="alpha"), Verdict.SAYS_OTHER),
        (variant(P, B, P, P, N), Verdict.LOSES_POINTS),
        (variant(P, P, P, P, N), Verdict.FULL_MARKS),
        (variant(P, P, P, F, N), Verdict.LOSES_POINTS),
    ],
)
def test_each_row_has_its_verdict(row, verdict):
    assert Matrix([row], CHECKS).verdict(row) is verdict


def test_faults_come_first():
    rows = [
        bug(F, P, P, P, N),
        variant(P, P, P, P, N),
        bug(P, P, P, F, N),
        bug(P, P, P, P),
    ]
    found = [verdict for verdict, _ in Matrix(rows, CHECKS).sorted_rows]
    wanted = [Verdict.SURVIVED, Verdict.OTHER_TASK, Verdict.KILLED, Verdict.FULL_MARKS]
    assert found == wanted


def test_a_check_is_idle_if_it_ran_and_killed_no_bug_of_its_task():
    rows = [bug(F, P, F, F, N), bug(F, P, P, F, N), variant(P, F, P, P, N)]
    idle = {check.name for check in Matrix(rows, CHECKS).idle}
    assert idle == {"test_a::test_two", "test_b::test_other"}


def test_a_part_of_the_bugs_does_not_tell_which_checks_are_idle():
    assert Matrix([bug(F, P, P, P, N)], CHECKS, whole=False).idle == []


def test_only_a_faultless_matrix_is_good():
    killed = [
        *(bug(F, F, F, P, N), variant(P, P, P, P, N)),
        bug(P, P, P, F, N, task="sample", killed_by="test_other"),
        bug(P, P, P, P, N, task="sample", killed_by="test_long"),
    ]
    assert Matrix(killed, CHECKS).good
    for row in (bug(P, P, P, P, N), variant(F, P, P, P, N), bug(problem="crashed")):
        assert not Matrix([*killed, row], CHECKS).good
    assert not Matrix(killed[1:], CHECKS).good  # now checks of forward are idle


def called(row: Row, *mistakes: str, **fields) -> Row:
    """A row whose checks recognised these mistakes; `fields` of its entry changed."""
    endings = {
        name: Ending(ending.outcome, ending.message, mistake)
        for (name, ending), mistake in zip(row.endings.items(), (*mistakes, "", ""), strict=False)
    }
    return Row(row.entry.model_copy(update=fields), endings)


def test_diagnoses_are_right_silent_or_wrong():
    known = bug(F, P, P, P, N)
    rows = [
        called(known, "x_t = x_0", bug=4, diagnosis=("x_t = x_0",)),
        called(known, bug=5, diagnosis=("noise",)),
        called(known, "noise", bug=6, diagnosis=("x_t = x_0",)),
        called(known, "x_t = x_0", "noise", diagnosis=("noise",)),
        called(known, bug=14, fails_by="device"),
        called(variant(F, P, P, P, N), "noise"),
        called(variant(P, P, P, P, N)),
    ]
    matrix = Matrix(rows, CHECKS)
    counted = [
        (counts["right"], counts["silent"], counts["wrong"]) for counts in matrix.diagnoses.values()
    ]
    assert counted == [(1, 1, 1), (0, 1, 0), (0, 0, 1), (0, 1, 1)]
    misled = [misleading(row) for row in matrix.misdiagnosed]
    assert misled == [["noise"], ["x_t = x_0"], ["noise"]]
    assert share_right(matrix.diagnoses[NUMBERS]) == "33.3 %" and not matrix.enough_diagnoses
    assert Matrix(rows[:1], CHECKS).enough_diagnoses


def test_a_wrong_diagnosis_is_a_fault_and_so_are_too_few_right_ones():
    rows = [
        called(bug(F, F, F, P, N), "noise", bug=5, diagnosis=("noise",)),
        called(bug(P, P, P, F, N, task="sample", killed_by="test_other")),
    ]
    assert Matrix(rows, CHECKS).good
    assert not Matrix([*rows, called(rows[0], "x_0")], CHECKS).good
    silent = called(rows[0], bug=5)
    assert not Matrix([silent, rows[1]], CHECKS).good
    assert Matrix([silent, rows[1]], CHECKS, whole=False).good


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("at t=3 it is 0.5, expected 0.7", None),
        ("relative to the first: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, ...]", None),
        ("", "says nothing"),
        ("x" * 2000, "2000 characters long"),
        ("x is array([1., 2.])", "shows an array"),
        (" ".join(map(str, range(30))), "shows a long row of numbers"),
        ("assert 1 == 2", "shows code of a check"),
        ("see autograder/hidden", "shows what only staff have"),
    ],
)
def test_messages_of_visible_checks_are_looked_at(message, fault):
    def saying(outcome: Outcome, name: str) -> Matrix:
        row = bug(F, F, F, P, N)
        row.endings[name] = Ending(outcome, message)
        return Matrix([row], CHECKS)

    (found,) = saying(F, "test_a::test_one").overshared or [None]
    assert found is fault is None or fault in found
    assert not saying(P, "test_a::test_one").overshared
    assert not saying(F, "test_h::test_hidden").overshared


def test_pages_tell_the_diagnoses():
    row = called(bug(F, P, P, P, N), "<i>noise</i>", bug=5)
    matrix = Matrix([row], CHECKS)
    (line,) = csv.DictReader(io.StringIO(csv_text(matrix)))
    assert (line["diagnosis"], line["diagnosed as"]) == ("wrong", "<i>noise</i>")
    page = html(matrix, "5eed")
    assert "&lt;i&gt;noise" in page and "<i>noise" not in page and "0.0 %" in page


def test_the_table_has_a_column_for_each_check():
    rows = [bug(F, P, P, P, N), bug(P, P, P, P, N), variant(P, P, P, P, N)]
    lines = list(csv.DictReader(io.StringIO(csv_text(Matrix(rows, CHECKS)))))
    assert [line["verdict"] for line in lines] == ["survived", "killed", "full marks"]
    assert [lines[1][check.name] for check in CHECKS] == ["failed", *["passed"] * 3, "not run"]


def test_the_page_escapes_what_it_shows():
    page = html(Matrix([bug(P, P, P, F, N)], CHECKS), "5eed")
    assert "&lt;b&gt;bug&lt;/b&gt;" in page and "&lt;i&gt;seen" in page and "5eed" in page
    assert "<b>bug" not in page and "<i>seen" not in page

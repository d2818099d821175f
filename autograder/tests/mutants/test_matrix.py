"""What the kill matrix says of made-up results: survivors, misattributed mutants, idle checks."""

import csv
import io

import pytest

from autograder.judge.checks import Check
from autograder.mutants.entries import Edit, Mutant, Variant
from autograder.mutants.judging import Ending
from autograder.mutants.matrix import Matrix, Row, Verdict
from autograder.mutants.pages import csv_text, html
from tests.seam.outcomes import Outcome

P, F, N = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_RUN
CHECKS = (
    Check("test_a::test_one", "forward", False, False),
    Check("test_a::test_two", "forward", False, False),
    Check("test_h::test_hidden", "hidden_forward", True, False),
    Check("test_b::test_other", "sample", False, False),
    Check("test_c::test_long", "sample", False, True),
)
EDITS = (Edit(file="a.py", find="x", replace="y"),)


def mutant(*outcomes: Outcome, task="forward", killed_by="test_one", problem="") -> Row:
    """A mutant whose checks ended like this, in the order of CHECKS."""
    entry = Mutant(name="m", words="I did <b>it</b>.", task=task, killed_by=killed_by, edits=EDITS)
    names = [check.name for check in CHECKS]
    return Row(
        entry,
        {n: Ending(o, "<i>seen</i>") for n, o in zip(names, outcomes, strict=False)},
        problem,
    )


def variant(*outcomes: Outcome) -> Row:
    row = mutant(*outcomes)
    return Row(Variant(name="v", words="Another way.", edits=EDITS), row.endings)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (mutant(F, P, P, P, N), Verdict.KILLED),
        (mutant(P, P, P, P, N), Verdict.SURVIVED),
        (mutant(P, P, P, F, N), Verdict.MISATTRIBUTED),
        (mutant(P, F, P, P, N), Verdict.MISNAMED),
        (mutant(P, P, F, P, N), Verdict.MISNAMED),
        (mutant(P, P, F, P, N, killed_by="test_hidden"), Verdict.KILLED),
        (mutant(P, P, P, P, N, task="sample", killed_by="test_long"), Verdict.NOT_TESTED),
        (mutant(Outcome.TIMED_OUT, P, P, P, N), Verdict.KILLED),
        (mutant(Outcome.CRASHED, P, P, P, N), Verdict.KILLED),
        (mutant(F, P, P, Outcome.GRADER_ERROR, N), Verdict.UNJUDGED),
        (mutant(problem="crashed"), Verdict.UNJUDGED),
        (variant(P, P, P, P, N), Verdict.KEPT),
        (variant(P, P, P, F, N), Verdict.LOST),
    ],
)
def test_each_row_has_its_verdict(row, verdict):
    assert Matrix([row], CHECKS).verdict(row) is verdict


def test_faults_come_first():
    rows = [
        mutant(F, P, P, P, N),
        variant(P, P, P, P, N),
        mutant(P, P, P, F, N),
        mutant(P, P, P, P),
    ]
    found = [verdict for verdict, _ in Matrix(rows, CHECKS).sorted_rows]
    wanted = [Verdict.SURVIVED, Verdict.MISATTRIBUTED, Verdict.KILLED, Verdict.KEPT]
    assert found == wanted


def test_a_check_is_idle_if_it_ran_and_killed_no_mutant_of_its_task():
    rows = [mutant(F, P, F, F, N), mutant(F, P, P, F, N), variant(P, F, P, P, N)]
    idle = {check.name for check in Matrix(rows, CHECKS).idle}
    assert idle == {"test_a::test_two", "test_b::test_other"}


def test_idle_checks_cannot_be_told_from_a_part_of_the_mutants():
    assert Matrix([mutant(F, P, P, P, N)], CHECKS, whole=False).idle == []


def test_only_a_faultless_matrix_is_good():
    killed = [
        *(mutant(F, F, F, P, N), variant(P, P, P, P, N)),
        mutant(P, P, P, F, N, task="sample", killed_by="test_other"),
        mutant(P, P, P, P, N, task="sample", killed_by="test_long"),
    ]
    assert Matrix(killed, CHECKS).good
    for row in (mutant(P, P, P, P, N), variant(F, P, P, P, N), mutant(problem="crashed")):
        assert not Matrix([*killed, row], CHECKS).good
    assert not Matrix(killed[1:], CHECKS).good  # now checks of forward are idle


def test_the_table_has_a_column_for_each_check():
    rows = [mutant(F, P, P, P, N), mutant(P, P, P, P, N), variant(P, P, P, P, N)]
    lines = list(csv.DictReader(io.StringIO(csv_text(Matrix(rows, CHECKS)))))
    assert [line["verdict"] for line in lines] == ["survived", "killed", "full marks"]
    assert [lines[1][check.name] for check in CHECKS] == ["failed", *["passed"] * 3, "not run"]


def test_the_page_escapes_what_it_shows():
    page = html(Matrix([mutant(P, P, P, F, N)], CHECKS), "5eed")
    assert "&lt;b&gt;it&lt;/b&gt;" in page and "&lt;i&gt;seen" in page and "5eed" in page
    assert "<b>it" not in page and "<i>seen" not in page

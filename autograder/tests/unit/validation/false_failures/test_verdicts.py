"""A null that is wrong is found within a few hundred draws, and one that is right is not."""

import csv
import io

import numpy as np
import pytest

from autograder.validation.false_failures.observing import PValue
from autograder.validation.false_failures.pages import csv_text, html
from autograder.validation.false_failures.picture import draw
from autograder.validation.false_failures.running import CheckRun
from autograder.validation.false_failures.verdicts import Findings, failure_bound
from checkkit.runner.outcomes import Outcome
from checkkit.verdicts import statistics

DRAWS = 400


def findings_of(p_values, statistic="mean square", alarms=1) -> Findings:
    """A check that computed these, one in each run."""
    findings = Findings()
    for number, p in enumerate(p_values):
        p_values = [PValue(statistic, p, p, alarms, alarms)]
        findings.add(
            "solution", f"{number:x}", CheckRun("test_x::test_y", Outcome.PASSED, "", p_values)
        )
    return findings


def squares(dof: int) -> list[float]:
    """p-values of sums of 100 squares, judged as if they had `dof` degrees of freedom."""
    rng = np.random.default_rng(11)
    sums = np.sum(np.square(rng.normal(size=(DRAWS, 100))), axis=1)
    return [statistics.chi_square_p(total, dof) for total in sums]


def test_the_right_degrees_of_freedom_are_no_fault():
    assert list(findings_of(squares(100)).faults()) == []


@pytest.mark.parametrize("dof", [85, 115])
def test_wrong_degrees_of_freedom_are_found(dof):
    (fault,) = findings_of(squares(dof)).faults()
    assert "test_x::test_y: the p-values of 'mean square' are not uniform" in fault


def test_a_bound_may_be_rare_but_not_frequent():
    rng = np.random.default_rng(12)
    assert list(findings_of(rng.random(DRAWS) ** 0.5, "distribution").faults()) == []
    (fault,) = findings_of(rng.random(DRAWS) ** 1.5, "distribution").faults()
    assert "are not at least uniform" in fault


def test_more_p_values_than_the_rate_allows_are_found():
    (fault,) = findings_of(np.random.default_rng(13).random(DRAWS), alarms=11).faults()
    assert "11 p-values" in fault and "judge fewer" in fault


def test_a_statistic_that_nobody_claims_is_found():
    (fault,) = findings_of([0.5], "a new one").faults()
    assert "'a new one'" in fault and "autograder/validation/false_failures/claims.py" in fault


def test_a_failure_is_told_with_the_seed_that_repeats_it():
    findings = findings_of(np.random.default_rng(14).random(DRAWS))
    findings.add("stacked", "beef", CheckRun("test_x::test_y", Outcome.FAILED, "off\nby one", []))
    (fault,) = findings.faults()
    assert fault == "test_x::test_y fails stacked at --check-seed beef: failed: off by one"
    assert findings.failures == 1 and findings.runs == DRAWS + 1


def test_the_bound_on_the_rate_is_that_of_clopper_and_pearson():
    for runs in (1, 30, 500):  # no failure: (1 - p)^n = 0.05
        assert (1 - failure_bound(0, runs)) ** runs == pytest.approx(0.05)
    p = failure_bound(1, 50)  # at most one failure has a probability of 5 %
    assert (1 - p) ** 50 + 50 * p * (1 - p) ** 49 == pytest.approx(0.05)
    assert failure_bound(3, 3) == 1


def test_the_page_names_faults_and_the_table_has_a_line_for_each_statistic():
    findings = findings_of(squares(85))
    picture = draw(findings.statistics)
    about = {"seed": "a1", "seeds": DRAWS, "seconds": 1.0, "implementations": ["solution"]}
    page = html(findings, picture, about)
    assert "are not uniform" in page and "Seed a1" in page and "data:image/png" in page
    (line,) = csv.DictReader(io.StringIO(csv_text(findings)))
    assert line["check"] == "test_x::test_y" and float(line["ks_p"]) < 1e-4
    assert line["rate_of_the_check"] == "1e-07"
    assert picture.startswith(b"\x89PNG")

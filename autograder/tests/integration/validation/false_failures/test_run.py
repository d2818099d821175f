"""`autograder validate --false-failures` on checks that were written to be found out."""

import pytest

from autograder.tests.support.false_failures import false_failures, table_in
from autograder.tests.support.processes import python
from autograder.validation.false_failures import command
from autograder.validation.false_failures.command import choose, refuse_in_vain

CHECKS = """
import numpy as np, pytest
from checkkit.verdicts.statistics import ALARM, mean_square_p

def check(function):
    return pytest.mark.task("schedule")(function)

@check
def test_right(rng):
    assert mean_square_p(rng.normal(size=100)) >= ALARM

@check
def test_counts_each_number_twice(rng):
    assert mean_square_p(np.repeat(rng.normal(size=50), 2)) >= ALARM

@check
def test_fails_now_and_then(rng):
    mean_square_p(rng.normal(size=100))
    assert rng.random() >= 0.05, "bad luck"

@check
def test_computes_nothing():
    assert False
"""


def test_a_wrong_null_and_a_check_that_fails_are_faults(tmp_path):
    (tmp_path / "test_found_out.py").write_text(CHECKS)
    done = false_failures(tmp_path / "out", 250, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout
    assert "test_counts_each_number_twice: the p-values of 'mean square' are not uniform" in said
    assert "test_fails_now_and_then fails solution at --check-seed" in said and "bad luck" in said
    assert "test_right: 0 failures in 250 runs" in said and "test_right: the p-values" not in said
    assert "test_computes_nothing" not in said
    lines = {line["check"]: line for line in table_in(tmp_path / "out")}
    assert 2 <= int(lines["test_found_out::test_fails_now_and_then"]["failures"]) <= 30


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--known-bugs",), "give exactly one"),
        (("--training",), "--training is only for --known-bugs"),
        (("--seeds", "0"), "Invalid value for '--seeds'"),
        (("--seed", "xyz"), "the seed that a run printed"),
    ],
)
def test_options_that_make_no_sense_are_refused(arguments, words):
    done = python("-m", "autograder", "validate", "--false-failures", *arguments)
    assert done.returncode == 2 and words in " ".join(done.stderr.replace("│", " ").split())


def test_what_would_come_to_nothing_is_refused_at_once(monkeypatch):
    with pytest.raises(ValueError, match=r"docs/false-failures.png shows every check"):
        refuse_in_vain(only=("test_right",), write=True)
    monkeypatch.setattr(command, "IMPLEMENTATIONS", {"solution": "", "stackd": ""})
    with pytest.raises(
        ValueError, match=r"names stackd, which autograder/validation/known_bugs/right do"
    ):
        refuse_in_vain(only=(), write=False)


def test_checks_are_chosen_by_either_name():
    checks = ["test_a::test_one", "test_a::test_two", "test_b::test_two"]
    assert choose(checks, ()) == checks
    assert choose(checks, ("test_two",)) == checks[1:]
    assert choose(checks, ("test_a::test_two",)) == [checks[1]]
    with pytest.raises(ValueError, match=r"--only test_tow: .* did you mean test_two\?"):
        choose(checks, ("test_tow",))

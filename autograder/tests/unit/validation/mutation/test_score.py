"""The score of made-up trials: verdicts, figures, and what makes a run fail."""

import csv

import pytest

from autograder.validation.mutation.mutations import Address, Mutation
from autograder.validation.mutation.report import summary, write_csv
from autograder.validation.mutation.score import Score, Trial, Verdict, share_killed
from autograder.validation.mutation.trial import Killer

KILLER, OURS = Killer("test_a::test_one", "seen"), Killer("test_a::test_one", "bug", True)


def address(name: str, file: str = "ddpm.py") -> Address:
    return Address(file, "f", "AddNot", "if x:", f"if not {name}:")


def trial(name: str, *killers: Killer | None, problem: str = "", file: str = "ddpm.py") -> Trial:
    """A mutant and who killed it at each seed."""
    return Trial(Mutation(address(name, file), 3, ""), list(killers) or [None], problem)


DEAD, ALIVE = trial("dead", KILLER), trial("alive", None, None, None, None)
LISTED = {address("alive"): 7}
ENOUGH = [trial(f"dead{n}", KILLER) for n in range(19)]


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (DEAD, Verdict.KILLED),
        (trial("late", None, KILLER, KILLER, KILLER), Verdict.KILLED),
        (trial("luck", None, KILLER, None, KILLER), Verdict.BY_CHANCE),
        (trial("other", None, None, None, None), Verdict.SURVIVED),
        (ALIVE, Verdict.EXCUSED),
        (trial("alive", None, None, None, KILLER), Verdict.BY_CHANCE),
        (trial("ours", OURS), Verdict.NOT_JUDGED),
        (trial("ours", None, None, OURS, None), Verdict.NOT_JUDGED),
        (trial("lost", problem="took more than 300 seconds"), Verdict.NOT_JUDGED),
    ],
)
def test_each_mutant_has_its_verdict(one, verdict):
    assert Score([one], LISTED).verdict(one) is verdict


def test_training_has_figures_of_its_own():
    score = Score([DEAD, ALIVE, trial("loop", None, file="training.py")], LISTED)
    assert score.counts() == {Verdict.KILLED: 1, Verdict.EXCUSED: 1}
    assert (score.raw, share_killed(score.counts(), without=Verdict.EXCUSED)) == (0.5, 1.0)
    assert share_killed(score.counts("training.py"), without=Verdict.EXCUSED) == 0.0


def test_entries_that_excuse_nothing_are_stale():
    excuses = LISTED | {
        address("dead"): 9,
        address("gone"): 11,
        address("gone", "cfg.py"): 13,
    }
    whole, part = (Score([DEAD, ALIVE], excuses, whole=whole) for whole in (True, False))
    assert [excuses[one] for one in whole.stale] == [9, 11, 13]
    assert [excuses[one] for one in part.stale] == [9, 11]
    assert list(part.stale.values()) == ["it was killed", "there is no such mutant"]


def test_only_a_faultless_score_is_good():
    assert Score([*ENOUGH, ALIVE], LISTED).good
    for more in (trial("other", None), trial("luck", None, KILLER), trial("ours", OURS)):
        assert not Score([*ENOUGH, ALIVE, more], LISTED).good
    assert not Score([*ENOUGH], LISTED).good  # stale
    assert not Score([*ENOUGH[1:], ALIVE], LISTED).good  # 18 of 19 are less than 95 %
    assert Score([*ENOUGH[1:], ALIVE], LISTED, whole=False).good


def test_every_fault_is_told_with_its_place():
    score = Score(
        [DEAD, trial("other", None, None, None, None), trial("luck", None, KILLER, None, None)],
        LISTED,
    )
    said = "\n".join(line.plain for line in summary(score, 4))
    assert "ddpm.py:3: f: `if x:` -> `if not other:` (AddNot)" in said
    assert "luck:` (AddNot): at 1 of 4 seeds, test_a::test_one: seen" in said
    assert "equivalent.yaml:7: ddpm.py: f: " in said and "there is no such mutant" in said
    assert "raw score at least 95%: 33.3%" in said and "4 changes within annotations" in said


def test_those_that_only_the_tests_of_given_code_kill_are_told():
    ours = trial("loop", Killer("test_resume::test_one", "seen"), file="training.py")
    said = [line.plain for line in summary(Score([DEAD, ours], {}), 0)]
    assert "Killed by test_resume.py and by no check: 1 of training.py." in said


def test_the_table_has_a_line_for_each_mutant(tmp_path):
    path = write_csv(tmp_path, Score([DEAD, ALIVE], LISTED))
    with path.open() as file:
        lines = list(csv.DictReader(file))
    assert [line["verdict"] for line in lines] == ["killed", "survived, equivalent"]
    assert [line["seeds"] for line in lines] == ["1 of 1", "0 of 4"]
    assert lines[0]["killed_by"] == "test_a::test_one" and lines[1]["after"] == "if not alive:"

"""Every attack is graded beside honest work: it gains nothing, harms nobody, and is reported."""

import pytest

from . import verdicts
from .attack import load_attacks
from .conftest import ATTACKS

UNDER_BWRAP = [("bwrap", name) for name in ATTACKS]
UNDER_USER = [("user", name) for name, attack in ATTACKS.items() if attack.user]
WHERE_NOTHING_HOLDS = [("none", name) for name, attack in ATTACKS.items() if attack.bare]

each_attack = pytest.mark.parametrize(("isolation", "name"), UNDER_BWRAP + UNDER_USER)
each_sandbox = pytest.mark.parametrize("isolation", ["bwrap", "user"])


def test_there_are_attacks_of_every_class_and_each_class_runs_under_both_sandboxes():
    assert len(ATTACKS) >= 60
    for kind, attacks in load_attacks().items():
        assert any(attack.user for attack in attacks), kind


@each_attack
def test_it_earns_no_more_than_its_honest_part(runs, isolation, name):
    assert not verdicts.of_score(ATTACKS[name], runs.of(isolation, name))


@each_attack
def test_it_gets_nowhere(runs, isolation, name):
    assert not verdicts.of_secrets(ATTACKS[name], runs.of(isolation, name))


@each_attack
def test_staff_see_what_happened(runs, isolation, name):
    assert not verdicts.of_staff(ATTACKS[name], runs.of(isolation, name))


@each_attack
def test_the_student_reads_a_useful_sentence(runs, isolation, name):
    assert not verdicts.of_student(ATTACKS[name], runs.of(isolation, name))


@each_attack
def test_it_does_not_hold_up_the_others(runs, isolation, name):
    assert not verdicts.of_time(ATTACKS[name], runs.of(isolation, name))


@each_sandbox
def test_the_judge_the_host_and_the_others_are_none_the_worse(runs, isolation):
    for kind, run in runs.under(isolation):
        assert not verdicts.of_the_batch(run, kind)


@each_sandbox
def test_no_page_and_no_terminal_is_given_anything_but_text(runs, isolation):
    for _, run in runs.under(isolation):
        assert not verdicts.of_pages(run)


@pytest.mark.parametrize(("isolation", "name"), WHERE_NOTHING_HOLDS)
def test_it_works_where_nothing_holds_it(runs, isolation, name):
    """Else the tests above would prove nothing."""
    attack, run = ATTACKS[name], runs.of(isolation, name)
    assert verdicts.of_secrets(attack, run)

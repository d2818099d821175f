"""Every attack is graded beside honest work: it gains nothing, harms nobody, and is reported.

Ordinary runs try one of each kind; the others are of `make validate`.
"""

from collections.abc import Iterable

import pytest

from autograder.tests.support.attack_runs import ATTACKS, group_of
from autograder.validation.attacks import verdicts


def of_each_kind() -> set[str]:
    """The attacks that other isolations meet too, and the first one at every other place."""
    chosen = [attack for attack in ATTACKS.values() if attack.user or attack.bare]
    for attack in ATTACKS.values():
        if attack.run not in {one.run for one in chosen}:
            chosen.append(attack)
    return {attack.name for attack in chosen}


USUAL = of_each_kind()


def each(isolation: str, names: Iterable[str]) -> list:
    """Parameters for attacks under an isolation; ids begin with the batch, which is graded once."""
    return [
        pytest.param(
            isolation,
            name,
            id="-".join((*group_of(isolation, name), name)),
            marks=() if name in USUAL else pytest.mark.validation,
        )
        for name in names
    ]


UNDER_BWRAP = each("bwrap", ATTACKS)
UNDER_USER = each("user", [name for name, attack in ATTACKS.items() if attack.user])
WHERE_NOTHING_HOLDS = each("none", [name for name, attack in ATTACKS.items() if attack.bare])
BATCHES = sorted({group_of(*param.values) for param in UNDER_BWRAP + UNDER_USER})

each_attack = pytest.mark.parametrize(("isolation", "name"), UNDER_BWRAP + UNDER_USER)
each_batch = pytest.mark.parametrize("batch", BATCHES, ids="-".join)


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


@each_batch
def test_the_judge_the_host_and_the_others_are_none_the_worse(runs, batch):
    assert not verdicts.of_the_batch(runs.finished(batch), kind=batch[1])


@each_batch
def test_no_page_and_no_terminal_is_given_anything_but_text(runs, batch):
    assert not verdicts.of_pages(runs.finished(batch))


@pytest.mark.parametrize(("isolation", "name"), WHERE_NOTHING_HOLDS)
def test_it_works_where_nothing_holds_it(runs, isolation, name):
    """Else the tests above would prove nothing."""
    attack, run = ATTACKS[name], runs.of(isolation, name)
    assert verdicts.of_secrets(attack, run)

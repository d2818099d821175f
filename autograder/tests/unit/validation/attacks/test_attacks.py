"""Attacks of every class are known."""

from autograder.tests.support.attack_runs import ATTACKS
from autograder.validation.attacks.attack import load_attacks


def test_there_are_attacks_of_every_class_and_each_class_runs_under_both_sandboxes():
    assert len(ATTACKS) >= 60
    for kind, attacks in load_attacks().items():
        assert any(attack.user for attack in attacks), kind

"""Grades what the chosen tests ask for, once, in as few batches as will do."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grading.sandbox import SandboxError, choose
from autograder.validation.attacks.attack import Attack, load_attacks
from autograder.validation.attacks.grading import Aftermath, Host

ATTACKS = {attack.name: attack for attacks in load_attacks().values() for attack in attacks}
ISOLATIONS = ("bwrap", "user", "none")
Group = tuple[str, str]


class Runs:
    """The batches of this session: each attack is graded once under each isolation.

    A batch is graded when somebody asks for it, with every attack that this session may ask of it.
    """

    def __init__(self, host: Host, wanted: set[tuple[str, str]]):
        self._host = host
        self._finished: dict[Group, Aftermath] = {}
        self._groups: dict[Group, list[Attack]] = {}
        for name, attack in ATTACKS.items():  # in the order of the files: some build on another
            for isolation in ISOLATIONS:
                if (isolation, name) in wanted:
                    self._groups.setdefault(group_of(isolation, name), []).append(attack)

    def of(self, isolation: str, name: str) -> Aftermath:
        """The run in which an attack was graded."""
        return self.finished(group_of(isolation, name))

    def finished(self, group: Group) -> Aftermath:
        """The run of a batch."""
        isolation, kind = group
        if group not in self._finished:
            if not self._groups.get(group):
                pytest.skip("no attack of this batch is tested here")
            if not _available(isolation):
                pytest.skip(f"isolation {isolation} cannot be had here")
            self._finished[group] = self._host.grade(tuple(self._groups[group]), isolation, kind)
        return self._finished[group]


@pytest.fixture(scope="session")
def runs(attacks, request: pytest.FixtureRequest) -> Iterator[Runs]:
    wanted = set()
    for item in request.session.items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        if given.get("name") in ATTACKS:
            wanted.add((given["isolation"], given["name"]))
    with tempfile.TemporaryDirectory(prefix="hostile-", dir="/tmp") as folder:
        yield Runs(Host(Path(folder)), wanted)


def _available(isolation: str) -> bool:
    try:
        choose(isolation)
    except SandboxError:
        return False
    return True


def group_of(isolation: str, name: str) -> Group:
    """The batch in which an attack is graded: its isolation, and what it is graded on."""
    return isolation, ATTACKS[name].run

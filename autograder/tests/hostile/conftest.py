"""Grades what the chosen tests ask for, once, in as few batches as will do."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.sandbox import SandboxError, choose

from .attack import Attack, load_attacks
from .grading import Aftermath, Host

ATTACKS = {attack.name: attack for attacks in load_attacks().values() for attack in attacks}


class Runs:
    """The batches of this session: each attack is graded once under each isolation."""

    def __init__(self, host: Host, wanted: set[tuple[str, str]], pool: ThreadPoolExecutor):
        self._batches: dict[tuple, Future] = {}
        self._groups: dict[tuple, list[Attack]] = {}
        for name, attack in ATTACKS.items():  # in the order of the files: some build on another
            for isolation in ("bwrap", "user", "none"):
                if (isolation, name) in wanted:
                    self._groups.setdefault(_group(isolation, attack), []).append(attack)
        for group, attacks in self._groups.items():
            isolation, run = group
            if _available(isolation):
                self._batches[group] = pool.submit(host.grade, tuple(attacks), isolation, run)

    def of(self, isolation: str, name: str) -> Aftermath:
        """The run in which an attack was graded."""
        return self._finished(_group(isolation, ATTACKS[name]))

    def under(self, isolation: str) -> list[tuple[str, Aftermath]]:
        """Every run under an isolation, with what was graded in it."""
        return [
            (group[1], self._finished(group)) for group in self._groups if group[0] == isolation
        ]

    def _finished(self, group: tuple) -> Aftermath:
        if group not in self._batches:
            pytest.skip(f"isolation {group[0]} cannot be had here")
        return self._batches[group].result()


@pytest.fixture(scope="session")
def runs(attack, request: pytest.FixtureRequest) -> Iterator[Runs]:
    wanted = set()
    for item in request.session.items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        if given.get("name") in ATTACKS:
            wanted.add((given["isolation"], given["name"]))
    # One batch after the other: each uses all cores by itself.
    temporary = tempfile.TemporaryDirectory(prefix="hostile-", dir="/tmp")
    with temporary as folder, ThreadPoolExecutor(1) as pool:
        yield Runs(Host(Path(folder)), wanted, pool)


def _available(isolation: str) -> bool:
    try:
        choose(isolation)
    except SandboxError:
        return False
    return True


def _group(isolation: str, attack: Attack) -> tuple[str, str]:
    return isolation, attack.run

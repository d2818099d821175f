"""Checks that fail for one reason: the reason is told once, and then it is "as above"."""

import re
from collections.abc import Iterable

from ..runner.outcomes import Outcome
from ..runner.results import CheckResult

NUMBER = re.compile(r"\d[\d.,]*(?:e-?\d+)?")


class Causes:
    """Remembers the causes that a reader has been told."""

    def __init__(self):
        self._told: set[str] = set()

    def again(self, result: CheckResult) -> bool:
        """Whether this was told before; from here on, it was."""
        if result.outcome in (Outcome.PASSED, Outcome.NOT_RUN) or not result.message:
            return False
        cause = cause_of(result)
        told = cause in self._told
        self._told.add(cause)
        return told


def cause_of(result: CheckResult) -> str:
    """What makes two failures the same: the line that raised, or words, whatever their numbers."""
    if result.inside:
        return result.message.partition("\n")[0]
    return NUMBER.sub("#", result.message)


def by_cause(results: Iterable[CheckResult]) -> list[list[CheckResult]]:
    """The results in groups of one cause each, in the order of their first."""
    groups: dict[str, list[CheckResult]] = {}
    for result in results:
        groups.setdefault(cause_of(result), []).append(result)
    return list(groups.values())

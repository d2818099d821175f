"""How a task and a check stand, in a word, a sign and a colour: never in the colour alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..runner.outcomes import Outcome


@dataclass(frozen=True)
class Status:
    """`kind` names the colour: good, part, bad, open or wait."""

    word: str
    sign: str
    kind: str


_CHECKS = {
    Outcome.PASSED: Status("passed", "✓", "good"),
    Outcome.FAILED: Status("not right yet", "✗", "bad"),
    Outcome.NOT_ATTEMPTED: Status("not attempted", "○", "open"),
    Outcome.BLOCKED: Status("blocked", "○", "open"),
    Outcome.TIMED_OUT: Status("timed out", "✗", "bad"),
    Outcome.CRASHED: Status("crashed", "✗", "bad"),
    Outcome.BROKE_PROTOCOL: Status("unusable answer", "✗", "bad"),
    Outcome.NOT_RUN: Status("not run", "–", "wait"),
    Outcome.REVIEW: Status("in review", "?", "wait"),
    Outcome.GRADER_ERROR: Status("check broke", "?", "wait"),
}
BY_HAND = Status("graded by a person", "✓", "open")


def status_of_check(outcome: Outcome) -> Status:
    """How a check stands."""
    return _CHECKS[outcome]


def status_of_task(outcomes: Sequence[Outcome], withheld: bool = False) -> Status:
    """How a task stands, from the outcomes of its checks."""
    if withheld:
        return _CHECKS[Outcome.REVIEW]
    ran = [outcome for outcome in outcomes if outcome is not Outcome.NOT_RUN]
    if not ran:
        return _CHECKS[Outcome.NOT_RUN]
    if set(ran) == {Outcome.PASSED}:
        whole = len(ran) == len(outcomes)
        return Status("all right", "✓", "good") if whole else Status("not all run", "–", "wait")
    if len(set(ran)) == 1:
        return _CHECKS[ran[0]]
    if Outcome.PASSED in ran:
        return Status("partly right", "◐", "part")
    return _CHECKS[Outcome.FAILED]

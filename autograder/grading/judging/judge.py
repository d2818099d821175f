"""Judging one submission: run its checks, repeat those that fail by chance, miss none."""

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from checkkit.runner.outcomes import NO_FAULT, Outcome
from checkkit.runner.results import CheckResult
from checkkit.runner.session import CheckSession, Runner, task_of
from checkkit.text import harmless

from .budget import NoTimeLeft, OneCheck, budget_used, seconds_left, time_limit
from .checks import CheckInfo, folders_of, run_checks
from .observers import Observer
from .result import SubmissionResult
from .seeds import submission_seed

PARDONED = {Outcome.FAILED, Outcome.TIMED_OUT}
RunnerFor = Callable[[pytest.Item], Runner]  # the runner of a check: a worker of the submission
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")


@dataclass(frozen=True)
class Judge:
    """How a run judges: from which seed, with the checks that train or without, on a GPU or not.

    A submission may take `seconds`. With `up_to_failure` no check runs after the first that fails.
    """

    seed: str
    training: bool = True
    gpu: bool = False
    seconds: float = math.inf
    observer: Observer = field(default_factory=Observer)
    after_check: Callable[[], None] = lambda: None
    folders: Sequence[Path] = ()  # of checks; those of the repository unless given
    plugins: Sequence[object] = ()  # further ones of pytest's
    up_to_failure: bool = False

    def judge(
        self,
        graded: SubmissionResult,
        runner_for: RunnerFor,
        checks: Sequence[CheckInfo] | None = None,
    ) -> None:
        """Fill `graded.results`: afterwards each of these checks has one.

        All checks in scope are judged unless `checks` names some. Whether one may have failed by
        chance, and is tried again, depends on the others of these alone.
        """
        checks = graded.scope.checks if checks is None else checks
        for check in checks:
            if check.training and not self.training and check.name not in graded.results:
                self._add(graded, _without_run(check, Outcome.NOT_RUN, "left out of this run"))
        if names := {check.name for check in checks} - graded.results.keys():
            self._attempt(graded, runner_for, 1, names)
        if again := _perhaps_by_chance(graded, checks):
            self._attempt(graded, runner_for, 2, again)
        for check in checks:
            if check.name not in graded.results:
                self._add(graded, self._missing(graded, check))
        for result in _send_to_review(graded):
            self.observer.result(graded, result)

    def _attempt(
        self, graded: SubmissionResult, runner_for: RunnerFor, attempt: int, names: Collection[str]
    ) -> None:
        seed = submission_seed(self.seed, graded.name, graded.content, attempt)
        if seed not in graded.seeds:
            graded.seeds.append(seed)
        session = CheckSession(
            runner_for=lambda item: self._limited(graded, item, runner_for),
            seed=seed,
            training=self.training,
            judged=True,
            names=graded.scope.course.names,
            ownership=graded.scope.course.ownership,
            results=list(graded.results.values()),
            gpu=self.gpu,
            time_limit=lambda item: time_limit(graded, task_of(item) or ""),
            on_result=lambda result: self._add(graded, result),
        )
        run_checks(
            session,
            wanted=lambda check: check.name in names,
            on_start=lambda name: self.observer.check(graded, name),
            folders=self.folders or folders_of(c for c in graded.scope.checks if c.name in names),
            up_to_failure=self.up_to_failure,
            plugins=self.plugins,
        )

    def _limited(
        self, graded: SubmissionResult, item: pytest.Item, runner_for: RunnerFor
    ) -> Runner:
        """The runner of a check, within the time of the check and of the submission."""
        left = seconds_left(graded, self.seconds)
        if left <= 0:
            graded.out_of_time = budget_used(self.seconds)
            return NoTimeLeft(graded.out_of_time)
        return OneCheck(runner_for(item), min(left, time_limit(graded, task_of(item) or "")))

    def _missing(self, graded: SubmissionResult, check: CheckInfo) -> CheckResult:
        if self.up_to_failure and any(r.outcome not in NO_FAULT for r in graded.results.values()):
            return _without_run(check, Outcome.NOT_RUN, "not run after a failure")
        return _without_run(check, Outcome.GRADER_ERROR, "the check never ended")

    def _add(self, graded: SubmissionResult, result: CheckResult) -> None:
        message, detail = (
            graded.in_cells(_repeatable(text)) for text in (result.message, result.detail)
        )
        result = replace(result, message=message, detail=detail)
        graded.results[result.check] = result
        graded.used += result.seconds
        self.observer.result(graded, result)
        self.after_check()


def _repeatable(text: str) -> str:
    """Harmless text without what differs from run to run: addresses in memory."""
    return ADDRESS.sub("0x…", harmless(text))


def _without_run(check: CheckInfo, outcome: Outcome, why: str) -> CheckResult:
    return CheckResult(check.name, check.task, check.sentence, outcome, check.hint, why)


# ------------------------------------------------------------------ checks that fail by chance


def _perhaps_by_chance(graded: SubmissionResult, checks: Sequence[CheckInfo]) -> list[str]:
    """Those of these checks that a right submission may fail by chance, and this one has failed;
    none where the other ones speak against it.
    """
    outcomes = {c: graded.results[c.name].outcome for c in checks if c.name in graded.results}
    fell = [c for c, outcome in outcomes.items() if outcome in PARDONED and _by_chance(graded, c)]
    others = [outcome for check, outcome in outcomes.items() if check not in fell]
    return [check.name for check in fell] if NO_FAULT.issuperset(others) else []


def _send_to_review(graded: SubmissionResult) -> list[CheckResult]:
    """Everything is right and the second try failed too: a person rules, not chance.

    Returns the results that wait for the person. This needs everything to have been judged; a run
    of a few tasks cannot tell.
    """
    judged = {
        name for name, result in graded.results.items() if result.outcome is not Outcome.NOT_RUN
    }
    whole = graded.scope.whole and all(
        check.name in judged or not graded.scope.shares[check.name] for check in graded.scope.checks
    )
    if not whole:
        return []
    waiting = []
    for name in _perhaps_by_chance(graded, graded.scope.checks):
        message = f"All other checks passed; this one failed twice.\n{graded.results[name].message}"
        result = replace(graded.results[name], outcome=Outcome.REVIEW, message=message)
        graded.results[name] = result
        waiting.append(result)
    return waiting


def _by_chance(graded: SubmissionResult, check: CheckInfo) -> bool:
    return graded.scope.course.auto_tasks[check.task].second_try

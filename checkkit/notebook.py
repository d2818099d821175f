"""The checks inside a notebook: `check("NAME")` judges what the notebook's cells define.

The same checks run as with pytest, in the notebook's own process, on the classes and functions as
they are now. What students read is printed; nothing goes to stderr, for which nbgrader takes all
points of a cell.
"""

import contextlib
import os
import random
import re
import secrets
import sys
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
import torch

from . import CHECKS, plugin
from .course import manifest
from .points import in_points, written
from .report.screen import Failures, hanging
from .report.status import status_of_check
from .runner.notebook import NotebookPackage, NotebookRunner
from .runner.outcomes import NO_FAULT, WAITING, Outcome
from .runner.points import Worth
from .runner.results import CheckResult
from .runner.session import SESSION, CheckSession, check_name, task_of
from .text import harmless

# Quiet, nothing of the surroundings' settings, and no file left behind.
OPTIONS = (
    *("--noconftest", "--disable-plugin-autoload", "--assert=plain", "--capture=sys"),
    *("-o", "addopts=", "-o", "filterwarnings=default", "-o", "strict=false"),
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
)
STUB_NAME = re.compile(r"fill in (?:blank \d of \d of )?(\w+)")


def check(
    task: str,
    points: float = 0,
    *,
    bonus: bool = False,
    training: bool = False,
    seed: str | None = None,
    weights: Mapping[str, float] | None = None,
    namespace: Mapping[str, object] | None = None,
) -> float:
    """Run the checks of a task on what the notebook defines, and say how they end.

    Args:
        task: its name in the handout.
        points: of the task.
        bonus: whether these are beyond the total; for nbgrader the cell then has 0 points.
        training: also run the checks that train a net, which takes minutes.
        seed: repeat the inputs of an earlier run, which printed it.
        weights: of checks by the name of their test; 1 where unnamed.
        namespace: what to judge, in place of the notebook.

    Returns:
        The points for the checks that passed, those that were not run included in the whole; 0 of
        a bonus.

    Raises:
        ValueError: no check has this task, or the seed is none.
    """
    if seed is not None and not re.fullmatch("[0-9a-f]{1,32}", seed):
        raise ValueError(f"seed={seed!r}: give the seed that a run printed, of 0-9 and a-f")
    namespace = vars(sys.modules["__main__"]) if namespace is None else namespace
    run = NotebookRun(task, namespace, seed or secrets.token_hex(16), training)
    if training:
        print("Checks that train a net come last and take a minute or more each.", flush=True)
    with _undisturbed():
        ended = pytest.main([*OPTIONS, "--rootdir", str(CHECKS.parent), str(CHECKS)], [plugin, run])
    if not run.checks:
        raise ValueError(
            f"no check has the task {task!r}; it is one of {', '.join(sorted(run.tasks))}"
        )
    if ended == pytest.ExitCode.INTERRUPTED:
        print("Interrupted: the results below are incomplete.")
    elif ended in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
        print(f"The checks did not finish (pytest: {ended}).")
    worth = Worth.of(run.checks, points, weights or {})
    earned = worth.earned(run.results)
    run.conclude(earned, worth, bonus)
    return Points(0 if bonus else earned)


class Points(float):
    """Points that nbgrader reads below a cell, and a page does not show: the sum is printed."""

    def _repr_html_(self) -> str:
        return "<span></span>"


class NotebookRun:
    """A plugin of pytest: chooses the checks of one task and prints how each ends."""

    def __init__(self, task: str, namespace: Mapping[str, object], seed: str, training: bool):
        self.task, self.tasks = task, set()
        self.checks: dict[str, pytest.Item] = {}
        self.results: list[CheckResult] = []
        self.package = NotebookPackage(namespace, manifest().names)
        runner = NotebookRunner(self.package, manifest().ownership.stubs)
        self.session = CheckSession(
            runner_for=lambda item: runner,
            seed=seed,
            training=training,
            gpu=torch.cuda.is_available(),
            on_result=self.tell,
            names=manifest().names,
            ownership=manifest().ownership,
            enabled_tasks=manifest().enabled_tasks,
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[SESSION] = self.session

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.tasks = {task for task in map(task_of, items) if task}
        items[:] = [item for item in items if task_of(item) == self.task]
        self.checks = {check_name(item): item for item in items}

    def tell(self, result: CheckResult) -> None:
        """Print a check that is right; the others come at the end."""
        self.results.append(result)
        if result.outcome in NO_FAULT:
            print(*Failures().lines(result), sep="\n", flush=True)

    def conclude(self, earned: float, worth: Worth, bonus: bool) -> None:
        """Print what is wrong, the checks that found a stub, and the sum."""
        wrong = [r for r in self.results if r.outcome not in NO_FAULT | WAITING]
        for line in Failures().all_of(wrong, margin=""):
            print(line)
        found: dict[tuple[Outcome, str], int] = {}
        for result in self.results:
            if result.outcome in WAITING:
                key = result.outcome, result.message
                found[key] = found.get(key, 0) + 1
        for (outcome, message), count in found.items():
            status = status_of_check(outcome)
            checks = "1 check" if count == 1 else f"{count} checks"
            stub = STUB_NAME.search(message)
            unseen = stub is not None and stub[1] not in self.package.namespace
            also = ". Run its cell first: it has not run since the kernel started" if unseen else ""
            print(hanging(f"{status.sign} {checks} {status.word}: {harmless(message)}{also}"))
        begun = any(result.outcome not in WAITING for result in self.results)
        if self.package.from_files and begun:
            names = ", ".join(sorted(self.package.from_files))
            print(hanging(f"No cell that you ran defines {names}: the files were used."))
        passed = sum(result.outcome is Outcome.PASSED for result in self.results)
        of = f"{passed} of {len(self.checks)} checks passed"
        points, also = worth.points, ", bonus=True" * bonus
        print(f"{self.task}: {of}, {written(earned)} of {in_points(points, bonus)} here.")
        if remark := worth.remark(self.results):
            print(remark)
        if left_out := len(self.session.left_out):
            more = "1 check trains" if left_out == 1 else f"{left_out} checks train"
            print(
                f"{more} a net and did not run; "
                f'check("{self.task}", {points:g}{also}, training=True) also runs them (minutes).'
            )
        if wrong:
            again = f'check("{self.task}", {points:g}{also}, seed="{self.session.seed}")'
            print(f"Repeat with the same inputs: {again}")


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Put back random states and sys.path, and do not hear what the environment tells pytest."""
    python, numpy, path = random.getstate(), np.random.get_state(), list(sys.path)
    options = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        sys.path[:] = path
        if options is not None:
            os.environ["PYTEST_ADDOPTS"] = options

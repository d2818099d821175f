"""The checks inside a notebook: `check("NAME")` judges what the notebook's cells define.

The same checks run as with pytest, in the notebook's own process, on the classes and functions as
they are now. What students read is printed; nothing goes to stderr, for which nbgrader takes all
points of a cell.
"""

import contextlib
import linecache
import os
import random
import re
import secrets
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

import numpy as np
import pytest
import torch

from . import CHECKS, plugin
from .course import manifest
from .report.screen import Failures, hanging
from .report.status import status_of_check
from .runner.notebook import NotebookPackage, NotebookRunner
from .runner.outcomes import NO_FAULT, WAITING, Outcome
from .runner.points import Worth
from .runner.results import CheckResult
from .runner.session import SESSION, CheckSession, check_name, task_of
from .text import harmless

KIT = Path(__file__).resolve().parent
# Quiet, nothing of the surroundings' settings, and no file left behind.
OPTIONS = (
    *("--noconftest", "--disable-plugin-autoload", "--assert=plain", "--capture=sys"),
    *("-o", "addopts=", "-o", "filterwarnings=default", "-o", "strict=false"),
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
)
INSTALLED = {"site-packages", "dist-packages"}
STUB_NAME = re.compile(r"fill in (?:blank \d of \d of )?(\w+)")


def check(
    task: str,
    points: float = 0,
    *,
    training: bool = False,
    seed: str | None = None,
    weights: Mapping[str, float] | None = None,
    namespace: Mapping[str, object] | None = None,
) -> float:
    """Run the checks of a task on what the notebook defines, and say how they end.

    Args:
        task: its name in the handout.
        points: of the task.
        training: also run the checks that train a net, which takes minutes.
        seed: repeat the inputs of an earlier run, which printed it.
        weights: of checks by the name of their test; 1 where unnamed.
        namespace: what to judge, in place of the notebook.

    Returns:
        The points for the checks that passed, those that were not run included in the whole.

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
    earned = Worth.of(run.checks, points, weights or {}).earned(run.results)
    run.conclude(earned, points)
    return earned


class NotebookRun:
    """A plugin of pytest: chooses the checks of one task and prints how each ends."""

    def __init__(self, task: str, namespace: Mapping[str, object], seed: str, training: bool):
        self.task, self.tasks = task, set()
        self.checks: dict[str, pytest.Item] = {}
        self.results: list[CheckResult] = []
        self.places: list[str] = []
        self.failures = Failures()
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

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo) -> None:
        self.places = places(call.excinfo.tb) if call.excinfo else []

    def tell(self, result: CheckResult) -> None:
        """Print one check: its claim, and what spoke against it."""
        self.results.append(result)
        if result.outcome in WAITING:
            return  # all of them at once, at the end
        print(*self.failures.lines(result, self.places), sep="\n")

    def conclude(self, earned: float, points: float) -> None:
        """Print the checks that found a stub, and the sum."""
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
        print(f"{self.task}: {of}, {earned:g} of {points:g} points here.")
        if left_out := len(self.session.left_out):
            more = "1 check trains" if left_out == 1 else f"{left_out} checks train"
            print(
                f"{more} a net and did not run; "
                f'check("{self.task}", {points:g}, training=True) also runs them (minutes).'
            )
        if any(r.outcome not in NO_FAULT | WAITING for r in self.results):
            again = f'check("{self.task}", {points:g}, seed="{self.session.seed}")'
            print(f"Repeat with the same inputs: {again}")


def places(tb: TracebackType) -> list[str]:
    """The lines of cells, and of modules of one's own, that an error went through."""
    lines = []
    for frame, number in traceback.walk_tb(tb):
        path = Path(frame.f_code.co_filename)
        code = linecache.getline(str(path), number).strip()
        if code and not {KIT, CHECKS} & set(path.parents) and not INSTALLED & set(path.parts):
            file = "" if "ipykernel" in str(path) or path.name[0] == "<" else f"{path.name}, "
            lines.append(f"{frame.f_code.co_name}, {file}line {number}: {code}")
    return lines


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

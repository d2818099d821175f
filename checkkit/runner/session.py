"""The state of one run of the checks on one submission."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pytest

from ..course import Ownership
from .evidence import Returns
from .names import Names
from .points import Worth
from .results import CheckResult

LIMIT, TRAINING = 30.0, 3600.0  # seconds


class Runner(Protocol):
    """Where probes run: in this process or in a sandbox."""

    def run(
        self, probe: Callable, *, returns: Returns, seed: int, time_limit: float, **inputs: Any
    ) -> dict: ...

    def renew(self) -> None: ...


def own_limit(item: pytest.Item) -> float:
    """Seconds for one run of a probe on a student's own machine."""
    return TRAINING if item.get_closest_marker("training") else LIMIT


@dataclass
class CheckSession:
    """One run of the checks on one submission.

    `runner_for` gives the runner of a check, `seed` (hex) determines the seeds of all checks, and
    `on_result` is called when a check ends. `judged` marks a run of the autograder. `names` are
    those of the course; `enabled_tasks` are the tasks whose checks run, each with the checks that
    are left out (None: all checks run). `worth` are the tasks whose checks all run,
    but for those in `left_out`, which train. `results` begin with those of earlier runs, if there
    are any.
    """

    runner_for: Callable[[pytest.Item], Runner]
    seed: str
    training: bool = False
    judged: bool = False
    gpu: bool = False
    time_limit: Callable[[pytest.Item], float] = own_limit
    on_result: Callable[[CheckResult], None] = lambda result: None
    names: Names = field(default_factory=dict)
    ownership: Ownership = field(default_factory=Ownership)
    enabled_tasks: Mapping[str, Collection[str]] | None = None
    worth: dict[str, Worth] = field(default_factory=dict)
    left_out: list[CheckResult] = field(default_factory=list)
    results: list[CheckResult] = field(default_factory=list)


SESSION = pytest.StashKey[CheckSession]()


class Submission:
    """The submission under test, as a check sees it: it can run probes."""

    def __init__(self, runner: Runner, seeds: np.random.Generator, time_limit: float):
        self._runner, self._seeds, self._time_limit = runner, seeds, time_limit
        self.has_evidence = False

    def run(
        self, probe: Callable, *, returns: Returns, time_limit: float | None = None, **inputs: Any
    ) -> dict:
        """Run `probe(diffusion, **inputs)` beside the submission; return its evidence.

        Args:
            returns: name -> `Array`, `Number`, `Integer`, `Flag` or `Text`; all must come back.
            time_limit: seconds, if less than the limit of the task.

        Raises:
            CheckFailed: the evidence does not have the declared form.
            SubmissionProblem: there is no evidence.
        """
        evidence = self._runner.run(
            probe,
            returns=returns,
            seed=int(self._seeds.integers(2**63)),
            time_limit=min(time_limit or self._time_limit, self._time_limit),
            **inputs,
        )
        self.has_evidence = True
        return evidence

    def renew(self) -> None:
        """Have the next run in a new process, which knows nothing of earlier runs.

        In the sandbox only; locally, all runs share a process.
        """
        self._runner.renew()


def task_of(item: pytest.Item) -> str | None:
    """The task of a check; None for tests that are no checks."""
    marker = item.get_closest_marker("task")
    return marker.args[0] if marker else None


def check_name(item: pytest.Item) -> str:
    """The name of a check, the same wherever the folder of checks lies: file stem :: test."""
    return f"{item.path.stem}::{item.name}"


def is_named(check: str, names: Collection[str]) -> bool:
    """Whether a check has one of these names, with or without its parameters."""
    test = check.partition("::")[2]
    return test in names or test.partition("[")[0] in names

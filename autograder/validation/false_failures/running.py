"""Statistical checks on one correct implementation, with many seeds in one process.

pytest collects the checks once; then, in place of its own loop, every check runs once for each
seed, with fresh fixtures, through pytest's own protocol. The judge's session, its seeds and the
bytes of every request and reply are those of grading.
"""

import sys
import tempfile
import time
import traceback
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from autograder.config.paths import REPOSITORY
from autograder.grading.intake import read_submission
from autograder.grading.judging.checks import CheckInfo, run_checks
from autograder.grading.judging.seeds import submission_seed
from autograder.grading.judging.workspace import laid_over
from autograder.validation.known_bugs.apply import write_package
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.known_bugs.judging import InProcessRunner
from checkkit.runner.outcomes import Outcome
from checkkit.runner.session import CheckSession, check_name

from .observing import Observer, PValue, observing, smallest

SOLUTION = "solution"
PROBE_TIME_LIMIT = 3600.0  # seconds
# The variants differ from the solution, and from each other, in how they draw random numbers.
IMPLEMENTATIONS = {
    SOLUTION: "a torch.Generator from the seed, variance beta, two passes for guidance",
    "stacked": "the global generator, all noise drawn in advance, t from rounded uniform numbers, "
    "masks from Bernoulli's, both passes stacked into one of 2N",
    "own_modules": "the posterior variance, randn_like, no noise drawn at the last step",
    "numpy_noise": "the sampler's noise comes from NumPy's generator",
}


@dataclass
class CheckRun:
    """One run of one check: how it ended, and the p-values that it computed."""

    check: str
    outcome: Outcome
    message: str
    p_values: list[PValue] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """It did not pass a correct implementation, for whatever reason."""
        return self.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)

    def by_statistic(self) -> dict[str, PValue]:
        """One p-value for each statistic: the smallest where a check computes several of a kind.

        They come from different runs of the submission and are independent of each other, those of
        different statistics are not: no test may pool them.
        """
        kinds: dict[str, list[PValue]] = {}
        for one in self.p_values:
            kinds.setdefault(one.statistic, []).append(one)
        return {
            name: PValue(
                name,
                min(one.p for one in same),
                smallest([one.spread for one in same])[1],
                sum(one.count for one in same),
                sum(one.alarms for one in same),
            )
            for name, same in kinds.items()
        }


@dataclass(frozen=True)
class Report:
    """The results of a chunk: number of the seed -> its runs; seconds of CPU time."""

    runs: dict[int, list[CheckRun]] = field(default_factory=dict)
    seconds: float = 0.0


REPORT = TypeAdapter(Report)


@dataclass(frozen=True)
class Chunk:
    """The work of one process: these seeds, by number, of one implementation.

    `checks` empty means all that do not train.
    """

    implementation: str
    numbers: Sequence[int]
    seed: str
    folders: Sequence[Path]
    checks: Collection[str] = ()

    def seed_of(self, number: int) -> str:
        """For `pytest --check-seed`, to repeat one of them."""
        return submission_seed(self.seed, self.implementation, attempt=number)

    def run(self) -> bytes:
        """Run the checks; the report is for `REPORT`.

        For a process that ends afterwards, since the implementation is imported as `diffusion`.
        """
        sys.dont_write_bytecode = True
        traceback.format_stack = lambda *_, **__: []  # it costs time: see known_bugs/judging.py
        with tempfile.TemporaryDirectory() as scratch:
            folder = REPOSITORY.solution
            if self.implementation != SOLUTION:
                variants = {variant.name: variant for variant in load_entries().variants}
                package = Path(scratch) / self.implementation
                folder = write_package(variants[self.implementation], package)
            with laid_over(read_submission(folder), Path(scratch)) as laid:
                session = CheckSession(
                    InProcessRunner(laid).runner_for,
                    seed="",
                    judged=True,
                    time_limit=lambda item: PROBE_TIME_LIMIT,
                )
                loop = _Loop(self, session)
                run_checks(session, self._wants, folders=self.folders, plugins=[loop])
        return REPORT.dump_json(loop.report)

    def _wants(self, check: CheckInfo) -> bool:
        return check.name in self.checks if self.checks else not check.training


class _Loop:
    """Takes the place of pytest's loop over the checks."""

    def __init__(self, chunk: Chunk, session: CheckSession):
        self.chunk, self.session, self.report = chunk, session, Report()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        started = time.process_time()
        with observing(np.random.default_rng(0)) as observer:
            runs = {
                number: list(self._round(number, session.items, observer))
                for number in self.chunk.numbers
            }
        self.report = Report(runs, time.process_time() - started)
        return True

    def _round(
        self, number: int, items: Sequence[pytest.Item], observer: Observer
    ) -> Iterator[CheckRun]:
        """Every check once; without a next one, so that its fixtures are torn down after it."""
        self.session.seed = self.chunk.seed_of(number)
        observer.rng = np.random.default_rng(int(self.session.seed, 16))
        for item in items:
            observer.p_values, self.session.results = [], []
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            if (ends := len(self.session.results)) != 1:
                raise RuntimeError(f"{check_name(item)} ended {ends} times, expected once")
            (result,) = self.session.results
            yield CheckRun(result.check, result.outcome, result.message, observer.p_values)

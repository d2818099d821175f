"""Statistical checks on one right implementation, many seeds in one process.

pytest collects the checks once; then, in place of its own loop, each seed sets up every check's
fixtures anew and runs it through pytest's own protocol. The judge's session, its seeds and the
bytes of every request and reply are those of grading.
"""

import json
import sys
import tempfile
import time
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pytest

from autograder.config.paths import REPOSITORY
from autograder.grading.intake import read_submission
from autograder.grading.judging.checks import run_checks
from autograder.grading.judging.seeds import submission_seed
from autograder.grading.judging.workspace import laid_over
from autograder.validation.known_bugs.apply import write_package
from autograder.validation.known_bugs.entries import load_entries
from autograder.validation.known_bugs.judging import Here
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult
from checkkit.runner.session import CheckSession, check_name

from .observing import Observer, Seen, least, observed

SOLUTION = "solution"
PATIENCE = 3600.0  # seconds for one probe
# The variants differ from the solution, and from each other, in how they draw.
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
    seen: list[Seen] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """A right implementation lost it, whoever is to blame."""
        return self.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)

    def by_statistic(self) -> dict[str, Seen]:
        """One p-value for each statistic: the least where a check computes several of a kind.

        They come from different runs of the submission and are independent of each other, those of
        different statistics are not: no test may pool them.
        """
        kinds: dict[str, list[Seen]] = {}
        for one in self.seen:
            kinds.setdefault(one.statistic, []).append(one)
        return {name: _together(name, some) for name, some in kinds.items()}


def _together(name: str, some: Sequence[Seen]) -> Seen:
    _, spread = least([one.spread for one in some])
    count, alarms = sum(one.count for one in some), sum(one.alarms for one in some)
    return Seen(name, min(one.p for one in some), spread, count, alarms)


@dataclass(frozen=True)
class Chunk:
    """What one process does: these seeds, by number, of one implementation.

    `checks` empty means all that train nothing.
    """

    implementation: str
    numbers: Sequence[int]
    seed: str
    folders: Sequence[Path]
    checks: Collection[str] = ()

    def seed_of(self, number: int) -> str:
        """What `pytest --check-seed` takes to repeat one of them."""
        return submission_seed(self.seed, self.implementation, number)


@dataclass(frozen=True)
class Report:
    """What came of a chunk: number of the seed -> its runs; the CPU's seconds."""

    runs: Mapping[int, Sequence[CheckRun]]
    seconds: float


@dataclass
class _Loop:
    """Takes the place of pytest's loop over the checks."""

    chunk: Chunk
    session: CheckSession
    runs: dict[int, list[CheckRun]] = field(default_factory=dict)
    seconds: float = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        started = time.process_time()
        with observed(np.random.default_rng(0)) as observer:
            for number in self.chunk.numbers:
                self.runs[number] = list(self._round(number, session.items, observer))
        self.seconds = time.process_time() - started
        return True

    def _round(
        self, number: int, items: Sequence[pytest.Item], observer: Observer
    ) -> Iterator[CheckRun]:
        """Every check once; without a next one, so that its fixtures are torn down after it."""
        self.session.seed = self.chunk.seed_of(number)
        observer.rng = np.random.default_rng(int(self.session.seed, 16))
        for item in items:
            observer.seen = []
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
            result = self._result(item)
            yield CheckRun(result.check, result.outcome, result.message, observer.seen)

    def _result(self, item: pytest.Item) -> CheckResult:
        results, self.session.results = self.session.results, []
        if len(results) != 1:
            raise RuntimeError(f"{check_name(item)} ended {len(results)} times, expected once")
        return results[0]


def run_chunk(chunk: Chunk) -> bytes:
    """Run a chunk and say what came of it. For a process that ends afterwards: it imports the
    implementation as `diffusion`.
    """
    sys.dont_write_bytecode = True
    traceback.format_stack = lambda *_, **__: []  # torch's at each seeding: see mutants/judging.py
    with _laid_out(chunk.implementation) as folder:
        # Nothing here can loop for ever, and the machine may have other work.
        session = CheckSession(
            Here(folder).runner_for, seed="", judged=True, time_limit=lambda item: PATIENCE
        )
        loop = _Loop(chunk, session)
        run_checks(
            session,
            wanted=lambda check: check.name in chunk.checks if chunk.checks else not check.training,
            folders=chunk.folders,
            plugins=[loop],
        )
    runs = {number: [asdict(run) for run in runs] for number, runs in loop.runs.items()}
    return json.dumps({"runs": runs, "seconds": loop.seconds}).encode()


def report_of(answer: bytes) -> Report:
    """What `run_chunk` said."""
    said = json.loads(answer)
    return Report({int(n): list(map(_run, runs)) for n, runs in said["runs"].items()},
                  said["seconds"])  # fmt: skip


def _run(said: Mapping) -> CheckRun:
    seen = [Seen(**one) for one in said["seen"]]
    return CheckRun(said["check"], Outcome(said["outcome"]), said["message"], seen)


@contextmanager
def _laid_out(implementation: str) -> Iterator[Path]:
    """The folder in which an implementation stands as a submission does when it is judged."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = REPOSITORY.solution
        if implementation != SOLUTION:
            entry = next(one for one in load_entries().variants if one.name == implementation)
            folder = write_package(entry, Path(scratch) / implementation)
        with laid_over(read_submission(folder), Path(scratch)) as folder:
            yield folder


def missing_implementations() -> list[str]:
    """The implementations that autograder/validation/known_bugs/right no longer holds."""
    known = {SOLUTION, *(entry.name for entry in load_entries().variants)}
    return [name for name in IMPLEMENTATIONS if name not in known]

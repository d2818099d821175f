"""One mutant, judged in a process of its own, up to the first check that fails."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath

import pytest

from autograder.config.paths import REPOSITORY, Repository
from autograder.grading.judging.checks import ARGUMENTS
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.result import Scope
from autograder.validation.known_bugs.apply import solution_files, write_files
from autograder.validation.known_bugs.judging import Ending, endings_of, judge_package
from checkkit.runner.outcomes import Outcome

# Seeds derive from the name: all mutants share one, so that they get the same inputs.
NAME = "mutant"
# The file whose given code no check covers, and the tests that do.
GIVEN, TESTS_OF_GIVEN = "training.py", PurePath(Repository.resume_test.name)


@dataclass(frozen=True)
class Killer:
    """The check that failed on a mutant, and its message; `grader_error` if the grader broke."""

    check: str
    message: str
    grader_error: bool = False


def own_tasks(scope: Scope, file: str) -> set[str]:
    """The tasks of a scope whose functions are in this file."""
    return {name for name in scope.tasks if scope.course.auto_tasks[name].file == file}


def stages(scope: Scope, file: str) -> list[Scope]:
    """The checks without training, in two parts: of the tasks of a file, then all others."""
    own = own_tasks(scope, file)
    return [
        Scope(
            scope.course,
            tuple(c for c in scope.checks if c.task in part and not c.training),
            tuple(name for name in scope.tasks if name in part),
        )
        for part in (own, set(scope.tasks) - own)
        if part
    ]


def try_mutant(file: str, source: str, scope: Scope, seed: str) -> bytes:
    """Judge the solution with `source` for one of its files; the report is for `killer_of`.

    The checks of the scope run, those of the file's own tasks first.

    For a process that ends afterwards, as `judge_package` is.
    """
    files = solution_files() | {file: source}
    judge = Judge(seed, training=False, up_to_failure=True)
    report = judge_package(NAME, partial(write_files, files), stages(scope, file), judge)
    failed = {name: ending for name, ending in endings_of(report).items() if ending.failed}
    if file == GIVEN and not failed:
        failed = _test_given_code(files)
    # A module that cannot be imported blocks its checks: that is a kill, too.
    killers = [
        [name, ending.message, ending.outcome is Outcome.GRADER_ERROR]
        for name, ending in failed.items()
    ]
    return json.dumps(killers[:1]).encode()


def killer_of(report: bytes) -> Killer | None:
    """The check that killed the mutant, if one did."""
    killers = json.loads(report or b"[]")
    return Killer(*killers[0]) if killers else None


def _test_given_code(files: Mapping[str, str]) -> dict[str, Ending]:
    """The first failure of the tests of the given code, which import the package anew."""
    with tempfile.TemporaryDirectory() as scratch:
        plugin = _OtherFolder(write_files(files, Path(scratch) / NAME))
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(REPOSITORY.root)
            status = pytest.main(
                [*ARGUMENTS, "--exitfirst", str(REPOSITORY.resume_test)], plugins=[plugin]
            )
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        message = f"pytest ended with {status!r}"
        return {TESTS_OF_GIVEN.stem: Ending(Outcome.GRADER_ERROR, message)}
    return plugin.failed


class _OtherFolder:
    """Makes the tests of the solution test another folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.failed: dict[str, Ending] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            assert isinstance(item, pytest.Function) and item.module
            item.module.SOLUTION = self.folder

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            name = f"{TESTS_OF_GIVEN.stem}::{report.nodeid.rpartition('::')[2]}"
            self.failed[name] = Ending(Outcome.FAILED, str(report.longrepr).splitlines()[-1])

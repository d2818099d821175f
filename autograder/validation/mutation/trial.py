"""One mutant before its judges, in a process of its own, up to the first check that fails it."""

import json
import sys
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
from autograder.validation.known_bugs.judging import Ending, endings_of, judged
from checkkit.runner.outcomes import Outcome

# Seeds derive from the name: one for all, so that mutants meet the same inputs.
NAME = "mutant"
# The file whose given code no check looks at, and the tests that do.
GIVEN, TESTS_OF_GIVEN = "training.py", PurePath(Repository.resume_test.name)


@dataclass(frozen=True)
class Killer:
    """The check that failed a mutant, and what it said; `grader_error` if it is ours to mend."""

    check: str
    message: str
    grader_error: bool = False


def stages(scope: Scope, file: str) -> list[Scope]:
    """The checks without training, in two parts: of the tasks of a file, then all others."""
    tasks = scope.course.auto_tasks
    own = {name for name in scope.tasks if tasks[name].file == file}
    parts = [own, set(scope.tasks) - own]
    return [
        Scope(
            scope.course,
            tuple(c for c in scope.checks if c.task in part and not c.training),
            tuple(name for name in scope.tasks if name in part),
        )
        for part in parts
        if part
    ]


def tried(file: str, source: str, scope: Scope, seed: str) -> bytes:
    """Judge the solution with `source` for one of its files; say which check failed it, if one did.

    For a process that ends afterwards, as `judged` is.
    """
    files = solution_files() | {file: source}
    write = partial(write_files, files)
    judge = Judge(seed, training=False, up_to_failure=True)
    endings = endings_of(judged(NAME, write, stages(scope, file), judge))
    if file == GIVEN and not any(ending.failed for ending in endings.values()):
        endings |= _given_code(files)
    failed = [[name, ending.message, not ending.kills] for name, ending in endings.items()]
    return json.dumps([one for one in failed if endings[one[0]].failed][:1]).encode()


def killer_of(report: bytes) -> Killer | None:
    """What `tried` said."""
    said = json.loads(report)
    return Killer(*said[0]) if said else None


def _given_code(files: Mapping[str, str]) -> dict[str, Ending]:
    """The tests of the given code, which import the package anew, up to the first that fails."""
    with tempfile.TemporaryDirectory() as scratch:
        instead = _Instead(write_files(files, Path(scratch) / NAME))
        before = list(sys.path)
        sys.path.insert(0, str(REPOSITORY.root))
        status = pytest.main(
            [*ARGUMENTS, "--exitfirst", str(REPOSITORY.resume_test)], plugins=[instead]
        )
        sys.path[:] = before
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        message = f"pytest ended with {status!r}"
        return {TESTS_OF_GIVEN.stem: Ending(Outcome.GRADER_ERROR, message)}
    return instead.failed


class _Instead:
    """Lets the tests of the solution test another folder."""

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

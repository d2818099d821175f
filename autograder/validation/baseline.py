"""The solution itself, judged: checks that it fails say nothing about known bugs or students."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.config.paths import REPOSITORY
from autograder.course.starter import solved
from autograder.grading.judging.judge import Judge
from autograder.grading.judging.result import Scope
from checkkit.text import one_line

from .known_bugs.forking import JobResult
from .known_bugs.judging import endings_of, judge_package

NAME = "solution"
TIME_LIMIT = 300.0  # seconds for all checks without training; usually five


@dataclass(frozen=True)
class Failure:
    """A check that the solution does not pass, and why; no check if it could not be judged."""

    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.check}: {self.message}" if self.check else self.message


def solution_job(scope: Scope, judge: Judge, root: Path = REPOSITORY.root) -> Callable[[], bytes]:
    """What judges the solution as the course of `scope` has it, for `run_forked`.

    Raises:
        StripError: the solution cannot be read, or a name of the course is taken.
    """
    write = partial(_write, solved(root, scope.course))
    return partial(judge_package, NAME, write, [scope], judge)


def failures(result: JobResult) -> Iterator[Failure]:
    """The checks that the solution did not pass, by the result of `solution_job`."""
    if result.problem:
        yield Failure("", f"the solution could not be graded: it {one_line(result.problem, 500)}")
    for check, ending in endings_of(result.report).items():
        if ending.failed:
            words = ending.message.partition("\n")[0] or ending.outcome.value
            yield Failure(check, one_line(words, 300))


def _write(modules: dict[str, str], folder: Path) -> None:
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

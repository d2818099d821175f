"""The progress bar of a batch: how much is done, what is running, and how long the rest takes."""

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console

from autograder.grading.judging.checks import Check
from autograder.grading.judging.observers import Listener
from autograder.grading.judging.result import SubmissionResult
from autograder.progress import Progress

# Guesses until a check has been seen to end, in seconds.
QUICK, TRAINING = 0.1, 20.0


class Bar(Listener):
    """Measures progress in seconds of work: a check that trains weighs as much as it takes."""

    def __init__(self, console: Console, submissions: int, checks: tuple[Check, ...]):
        self._all = self._left = submissions
        self._seconds = {c.name: TRAINING if c.training else QUICK for c in checks}
        self._done = 0.0
        self._running: dict[str, SubmissionResult] = {}
        self._ended: Counter[str] = Counter()
        self._progress = Progress(console, "starting workers", own_lines=True)

    def __enter__(self) -> Self:
        self._progress.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.__exit__(kind, error, traceback)

    def begin(self, graded: SubmissionResult) -> None:
        """A submission is about to be judged."""
        self._running[graded.name] = graded

    def check(self, graded: SubmissionResult, name: str) -> None:
        """A check starts."""
        self._show(f"{graded.name}: {name.partition('::')[2].removeprefix('test_')}")

    def result(self, graded: SubmissionResult) -> None:
        """A check has ended."""
        ended = list(graded.results.values())[-1]
        self._seconds[ended.check] = max(ended.seconds, 0.001)
        self._show(None)

    def finish(self, graded: SubmissionResult) -> None:
        """Nothing more will happen to a submission."""
        self._running.pop(graded.name, None)
        self._left -= 1
        self._ended[_end(graded)] += 1
        if graded.fresh:
            self._done += self._worth(graded)
            self._tell(graded)
        self._show(None)

    def _tell(self, graded: SubmissionResult) -> None:
        total = graded.problem or f"{round(graded.total, 2):g} / {graded.possible:g}"
        place = f"[{self._all - self._left}/{self._all}] " if self._all > 1 else ""
        self._progress.line(f"{place}{graded.name}: {total} ({graded.seconds:.1f} s)")

    def _show(self, doing: str | None) -> None:
        done = self._done + sum(map(self._worth, self._running.values()))
        total = self._done + self._left * sum(self._seconds.values())
        if doing is not None and self._all > 1:
            ended = ", ".join(f"{count} {word}" for word, count in self._ended.items())
            doing = f"{self._all - self._left} of {self._all}{ended and f' ({ended})'}; {doing}"
        self._progress.update(done=done, total=max(done, total), doing=doing)

    def _worth(self, graded: SubmissionResult) -> float:
        return sum(self._seconds.get(name, 0.0) for name in graded.results)


def _end(graded: SubmissionResult) -> str:
    if graded.problem:
        return "not gradable"
    if not graded.fresh:
        return "as before"
    return "for a person" if graded.urgent else "graded"

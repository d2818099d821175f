"""The progress bar: which check of which submission, and how long the rest will take."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from autograder.bars import timed_bar
from autograder.judge.checks import Check
from autograder.judge.graded import Graded
from autograder.judge.listening import Listener

# Guesses until a check has been seen to end, in seconds.
QUICK, TRAINING = 0.1, 20.0


class Bar(Listener):
    """Measures progress in seconds of work: a check that trains weighs as much as it takes."""

    def __init__(self, console: Console, submissions: int, checks: tuple[Check, ...]):
        self._left = submissions
        self._seconds = {c.name: TRAINING if c.training else QUICK for c in checks}
        self._done_before = 0.0
        self._console = console
        self._progress = timed_bar(console)
        self._bar = self._progress.add_task("starting workers", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def check(self, graded: Graded, name: str) -> None:
        """A check starts."""
        self._show(graded, f"{graded.name}: {name.partition('::')[2].removeprefix('test_')}")

    def result(self, graded: Graded) -> None:
        """A check has ended."""
        ended = list(graded.results.values())[-1]
        self._seconds[ended.check] = max(ended.seconds, 0.001)
        self._show(graded, None)

    def finish(self, graded: Graded) -> None:
        """A submission is done."""
        self._left -= 1
        self._done_before += self._worth(graded)
        if not self._console.is_terminal:
            total = graded.problem or f"{round(graded.total, 2):g} / {graded.possible:g}"
            self._console.print(Text(f"{graded.name}: {total} ({graded.seconds:.1f} s)"))

    def _show(self, graded: Graded, description: str | None) -> None:
        done = self._done_before + self._worth(graded)
        total = self._done_before + self._left * sum(self._seconds.values())
        self._progress.update(
            self._bar, completed=done, total=max(done, total), description=description
        )

    def _worth(self, graded: Graded) -> float:
        return sum(self._seconds[name] for name in graded.results)

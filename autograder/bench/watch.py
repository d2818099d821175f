"""The progress bar: which part is being measured, and how long the rest will take."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from autograder.bars import Shown, timed_bar


class Watch(Shown):
    """Counts parts; where nobody looks at a terminal, prints a line for each instead."""

    def __init__(self, console: Console, parts: int):
        self._console, self._parts, self._begun = console, parts, 0
        super().__init__(timed_bar(console))
        self._bar = self._progress.add_task("", total=parts)

    @contextmanager
    def part(self, title: str) -> Iterator[Callable[[float], None]]:
        """One part; yields what to call with each share of it that is done, if shares are known."""
        self._begun += 1
        line = f"{self._begun}/{self._parts} {title}"
        self._progress.update(self._bar, description=line)
        if not self._console.is_terminal:
            self._console.print(line, markup=False, highlight=False)
        yield lambda share: self._progress.advance(self._bar, share)
        self._progress.update(self._bar, completed=self._begun)

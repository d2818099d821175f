"""The progress of a long command: how much is done, the time spent, and the time left.

On a terminal it is a bar, which disappears at the end; elsewhere a line at the start, one from time
to time, and one at the end.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

EVERY = 60.0  # seconds between two lines without a terminal
PERIOD = 600.0  # the last seconds, from which the time left is estimated


class Progress:
    """Counts what is done of a total, and shows it within `with`.

    Args:
        console: where it is shown; a bar if it is a terminal, else lines.
        doing: what is being done, in one or two words.
        total: how much there is to do; None if that is not known yet.
        unit: what is counted, in the plural, for "3 of 10 images"; percent without it.
        rate: also show how many are done in a second.
        own_lines: the caller prints lines with `line`, so none are printed at the start and end.
        first: seconds until the first line without a terminal that tells the time left.
        forks: the command forks processes, so no thread may draw; call `tick` regularly.
        clock: seconds since any moment.
    """

    def __init__(
        self,
        console: Console,
        doing: str = "",
        total: float | None = None,
        *,
        unit: str = "",
        rate: bool = False,
        own_lines: bool = False,
        first: float = EVERY,
        forks: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.doing, self.total, self.done = doing, total, 0.0
        self._console, self._unit, self._rate = console, unit, rate
        self._own_lines, self._clock = own_lines, clock
        self._started = self._last_line = clock()
        self._wait = first
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
            console=console,
            auto_refresh=not forks,
            disable=not console.is_terminal,
            transient=True,
            speed_estimate_period=PERIOD,
            get_time=clock,
        )
        self._task = self._bar.add_task(doing, total=total, amount=self._amount)

    def __enter__(self) -> Self:
        self._bar.start()
        if not self._own_lines:
            self._print(f"{self.doing} ...")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()
        if not self._own_lines and kind is None:
            spent = _words(self._clock() - self._started)
            self._print(f"{self.doing}: {self._amount}, {spent} in all")

    def advance(self, amount: float = 1) -> None:
        """Add to what is done."""
        self.update(done=self.done + amount)

    def update(
        self, *, done: float | None = None, total: float | None = None, doing: str | None = None
    ) -> None:
        """Set what is given; the rest does not change."""
        self.done = self.done if done is None else done
        self.total = self.total if total is None else total
        self.doing = self.doing if doing is None else doing
        self._bar.update(
            self._task,
            completed=self.done,
            total=self.total,
            description=self.doing,
            amount=self._amount,
        )
        self._print_sometimes()

    @contextmanager
    def part(self, title: str) -> Iterator[Callable[[float], None]]:
        """The next one of `total` parts; yields a function to call with each share that is done."""
        number = int(self.done) + 1
        self.update(doing=f"{number}/{self.total:g} {title}")
        self.line(self.doing)
        yield self.advance
        self.update(done=number)

    def tick(self) -> None:
        """Show the time although nothing more is done."""
        self._bar.refresh()
        self._print_sometimes()

    def line(self, text: str) -> None:
        """Print a line about something that begins or has ended, unless there is a bar."""
        if not self._console.is_terminal:
            self._console.print(Text(text))

    def _print_sometimes(self) -> None:
        if self._clock() - self._last_line >= self._wait:
            self._wait = EVERY
            spent = _words(self._clock() - self._started)
            left = f", {_words(self._left)} left" if self._left is not None else ""
            self._print(f"{self.doing}: {self._amount}, {spent} so far{left}")

    def _print(self, text: str) -> None:
        self._last_line = self._clock()
        self.line(text)

    @property
    def _left(self) -> float | None:
        """Seconds, if the rest is as fast as what is done."""
        if not self.done or self.total is None:
            return None
        return (self._clock() - self._started) * max(0.0, self.total - self.done) / self.done

    @property
    def _amount(self) -> str:
        if not self._unit:
            return f"{self.done / self.total:.0%}" if self.total else "0%"
        total = "" if self.total is None else f" of {self.total:,.0f}"
        speed = self.done / max(self._clock() - self._started, 1e-9)
        a_second = f", {speed:.3g} a second" if self._rate and self.done else ""
        return f"{self.done:,.0f}{total} {self._unit}{a_second}"


def _words(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))

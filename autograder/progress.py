"""How far a long command is, the time spent, and the time left.

On a terminal that is a bar, which goes away when the command is done; elsewhere a line at the
start, one now and then, and one at the end.
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

EVERY = 60.0  # seconds between two lines where there is no terminal
PERIOD = 600.0  # seconds of the past by which the time left is estimated


class Progress:
    """Counts what is done of a total. Within `with` it can be seen.

    Args:
        console: where to; whether it is a terminal decides what is shown.
        doing: what is being done, in a word or two.
        total: how much there is to do; None while nobody knows.
        unit: what is counted, in the plural, for "3 of 10 images"; without it, percent are shown.
        rate: also show how many of them are done in a second.
        own_lines: the caller says with `line` what ended; where there is no terminal, lines at the
            start and the end would say it twice.
        forks: the command forks processes, so no thread may draw; call `tick` now and then.
        clock: seconds, from any moment.
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
        forks: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.doing, self.total, self.done = doing, total, 0.0
        self._console, self._unit, self._rate = console, unit, rate
        self._own_lines, self._clock = own_lines, clock
        self._started = self._said = self._stage = clock()
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
            self._say(f"{self.doing} ...")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()
        if not self._own_lines and kind is None:
            spent = _in_words(self._clock() - self._started)
            self._say(f"{self.doing}: {self._amount}, {spent} in all")

    def advance(self, amount: float = 1) -> None:
        """So much more is done."""
        self.update(done=self.done + amount)

    def update(
        self, *, done: float | None = None, total: float | None = None, doing: str | None = None
    ) -> None:
        """Say how things stand; what is left out stays."""
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
        self._now_and_then()

    def stage(self, doing: str, total: float, unit: str | None = None) -> None:
        """From here on something else is done, and counted from nothing."""
        self._bar.reset(self._task)
        self._unit = self._unit if unit is None else unit
        self._stage, self.done = self._clock(), 0.0
        self.update(doing=doing, total=total)

    @contextmanager
    def part(self, title: str) -> Iterator[Callable[[float], None]]:
        """The next one of `total` parts; yields what to call with each share of it that is done."""
        begun = int(self.done) + 1
        self.update(doing=f"{begun}/{self.total:g} {title}")
        self.line(self.doing)
        yield self.advance
        self.update(done=begun)

    def tick(self) -> None:
        """Nothing is done yet, but time goes on."""
        self._bar.refresh()
        self._now_and_then()

    def line(self, text: str) -> None:
        """A line about something that begins or has ended, where no terminal shows it."""
        if not self._console.is_terminal:
            self._console.print(Text(text))

    def _now_and_then(self) -> None:
        if self._clock() - self._said >= EVERY:
            spent = _in_words(self._clock() - self._started)
            left = f", {_in_words(self._left)} left" if self._left is not None else ""
            self._say(f"{self.doing}: {self._amount}, {spent} so far{left}")

    def _say(self, text: str) -> None:
        self._said = self._clock()
        self.line(text)

    @property
    def _left(self) -> float | None:
        """Seconds, if the rest goes as fast as what is done of this stage."""
        if not self.done or self.total is None:
            return None
        return (self._clock() - self._stage) * max(0.0, self.total - self.done) / self.done

    @property
    def _amount(self) -> str:
        if not self._unit:
            return f"{self.done / self.total:.0%}" if self.total else "0%"
        total = "" if self.total is None else f" of {self.total:,.0f}"
        speed = self.done / max(self._clock() - self._stage, 1e-9)
        a_second = f", {speed:.3g} a second" if self._rate and self.done else ""
        return f"{self.done:,.0f}{total} {self._unit}{a_second}"


def _in_words(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))

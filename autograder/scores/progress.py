"""The bar of an evaluation: what is being done, how fast, and how long it will take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from autograder.bars import DESCRIPTION, timed_bar


class Bar:
    """One stage after the other, each of so many images, and a line for each when it has ended."""

    def __init__(self, console: Console):
        self._console = console
        self._progress: Progress | None = None
        self._done, self._began = 0.0, 0.0

    @contextmanager
    def stage(self, doing: str, images: int) -> Iterator[None]:
        """Within, `advance` and `skip` count towards `images`."""
        columns = (
            *(TextColumn(DESCRIPTION, markup=False), BarColumn()),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
            TextColumn("{task.fields[rate]}"),
        )
        self._progress = timed_bar(self._console, *columns, speed_estimate_period=300)
        self._task = self._progress.add_task(doing, total=images, rate="")
        self._done, self._kept, self._began = 0.0, 0, time.monotonic()
        with self._progress:
            yield
        kept = f", {self._kept:,} kept from before" if self._kept else ""
        speed = f" in {self._seconds:.0f} s, {self._rate}" if self._done else ""
        self._console.print(Text(f"{doing}: {self._done:,.0f} images{speed}{kept}"))

    def advance(self, images: float) -> None:
        """So many images are done, or parts of one."""
        assert self._progress is not None
        self._done += images
        self._progress.update(self._task, advance=images, rate=self._rate)

    def skip(self, images: int) -> None:
        """So many images are there already."""
        self._kept += images
        assert self._progress is not None
        total = (self._progress.tasks[0].total or 0.0) - images
        self._progress.update(self._task, total=total)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def _rate(self) -> str:
        return f"{self._done / max(self._seconds, 1e-9):.3g} images/s"

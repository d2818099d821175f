"""The stages of an evaluation: a bar, or lines, for each, and a line when it has ended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from autograder.progress import Progress


class Bar:
    """One stage after the other, each of so many images."""

    def __init__(self, console: Console):
        self._console = console
        self._kept = 0

    @contextmanager
    def stage(self, doing: str, images: int) -> Iterator[None]:
        """Within, `advance` and `skip` count towards `images`."""
        began, self._kept = time.monotonic(), 0
        self._progress = Progress(
            self._console, doing, images, unit="images", rate=True, own_lines=True
        )
        with self._progress:
            yield
        done, seconds = self._progress.done, time.monotonic() - began
        kept = f", {self._kept:,} kept from before" if self._kept else ""
        rate = f"{done / max(seconds, 1e-9):.3g} images/s"
        speed = f" in {seconds:.0f} s, {rate}" if done else ""
        self._console.print(Text(f"{doing}: {done:,.0f} images{speed}{kept}"))

    def advance(self, images: float) -> None:
        """So many images are done, or parts of one."""
        self._progress.advance(images)

    def skip(self, images: int) -> None:
        """So many images are there already."""
        self._kept += images
        self._progress.update(total=(self._progress.total or 0) - images)

"""The stages of an evaluation: a bar, or lines, while each runs, and a line when it has ended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from autograder.progress import Progress


@contextmanager
def stage(console: Console, name: str, images: int) -> Iterator[Progress]:
    """Count images that are done; those that need not be drawn are taken off the total."""
    start = time.monotonic()
    with Progress(console, name, images, unit="images", rate=True, own_lines=True) as progress:
        yield progress
    done, seconds = progress.done, time.monotonic() - start
    speed = f" in {seconds:.0f} s, {done / max(seconds, 1e-9):.3g} images/s" if done else ""
    reused = images - int(progress.total or 0)
    kept = f", {reused:,} kept from before" if reused else ""
    console.print(Text(f"{name}: {done:,.0f} images{speed}{kept}"))

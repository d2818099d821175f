"""The bar that every long command shows: how far it is, the time spent, and the time left."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

DESCRIPTION = "{task.description}"


def timed_bar(console: Console, *before: ProgressColumn, **settings: Any) -> Progress:
    """A bar that goes away when it is done; nothing is drawn where nobody looks.

    Args:
        console: where to; whether it is a terminal decides whether anything is drawn.
        before: columns in front of the times; a description, a bar and a percentage if left out.
        settings: of rich's `Progress`.
    """
    columns = before or (
        TextColumn(DESCRIPTION, markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
    )
    return Progress(
        *columns,
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
        console=console,
        disable=not console.is_terminal,
        transient=True,
        **settings,
    )


class Shown:
    """What has a bar: within `with` it can be seen."""

    def __init__(self, progress: Progress):
        self._progress = progress

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

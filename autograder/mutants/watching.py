"""Forked jobs with a bar where somebody watches, and a line for each where nobody does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.text import Text

from autograder.bars import DESCRIPTION, timed_bar

from .forking import Ended, run_forked

Job = tuple[str, Callable[[], bytes]]


def watched(
    jobs: Sequence[Job],
    at_once: int,
    time_limit: float,
    messages: Console,
    told: Callable[[Ended], str],
) -> Iterator[Ended]:
    """Run every job, named for who watches; yield what became of them as they end, until Ctrl-C.

    `told` says in words what became of one.
    """
    progress = timed_bar(
        messages,
        TextColumn(f"{{task.completed:.0f}} of {{task.total:.0f}}  {DESCRIPTION}", markup=False),
        BarColumn(),
        auto_refresh=False,  # a thread that draws would be lost in every fork
        speed_estimate_period=600,
    )
    forked = run_forked([job for _, job in jobs], at_once, time_limit, progress.refresh)
    with progress, suppress(KeyboardInterrupt):
        bar = progress.add_task("", total=len(jobs))
        for count, ended in enumerate(forked, start=1):
            name = jobs[ended.number][0]
            progress.update(bar, advance=1, description=name)
            if not messages.is_terminal:
                said = ended.problem or f"{told(ended)} ({ended.seconds:.1f} s)"
                messages.print(Text(f"{count}/{len(jobs)} {name}: {said}"))
            yield ended

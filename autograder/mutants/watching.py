"""Forked jobs with a bar where somebody watches, and a line for each where nobody does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from rich.console import Console

from autograder.progress import Progress

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
    progress = Progress(messages, "", len(jobs), unit="jobs", own_lines=True, forks=True)
    forked = run_forked([job for _, job in jobs], at_once, time_limit, progress.tick)
    with progress, suppress(KeyboardInterrupt):
        for count, ended in enumerate(forked, start=1):
            name = jobs[ended.number][0]
            progress.update(done=count, doing=name)
            said = ended.problem or f"{told(ended)} ({ended.seconds:.1f} s)"
            progress.line(f"{count}/{len(jobs)} {name}: {said}")
            yield ended

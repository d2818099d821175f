"""Forked jobs with a bar where somebody watches, and a line for each where nobody does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from rich.console import Console

from autograder.progress import Progress

from .forking import Ended, run_forked
from .keeping import Kept

Job = tuple[str, Callable[[], bytes]]


def watched(
    jobs: Sequence[Job],
    at_once: int,
    time_limit: float,
    messages: Console,
    told: Callable[[Ended], str],
    kept: Kept | None = None,
) -> Iterator[Ended]:
    """Run every job, named for who watches; yield what became of them as they end, until Ctrl-C.

    `told` says in words what became of one. What an earlier run has `kept` comes first and is not
    run again.
    """
    names = [f"{number} {name}" for number, (name, _) in enumerate(jobs)]
    found = {
        number: before
        for number, name in enumerate(names)
        if kept is not None and (before := kept.ended(name, number))
    }
    left = [number for number in range(len(jobs)) if number not in found]
    progress = Progress(messages, "", len(jobs), unit="jobs", own_lines=True, forks=True)
    forked = run_forked([jobs[number][1] for number in left], at_once, time_limit, progress.tick)
    with progress, suppress(KeyboardInterrupt):
        if found:
            progress.update(done=len(found))
            progress.line(f"{len(found)} of {len(jobs)} are known from an interrupted run.")
        yield from found.values()
        for count, raw in enumerate(forked, start=len(found) + 1):
            ended = replace(raw, number=left[raw.number])
            if kept is not None:
                kept.add(names[ended.number], ended)
            name = jobs[ended.number][0]
            progress.update(done=count, doing=name)
            said = ended.problem or f"{told(ended)} ({ended.seconds:.1f} s)"
            progress.line(f"{count}/{len(jobs)} {name}: {said}")
            yield ended

"""What students read in their terminal: one screen, tasks in the order of the handout.

A task that is not begun is one line. A check that fails tells its claim, what was seen, and a hint.
"""

import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from ..points import with_bonus, written
from ..runner.outcomes import STUB, Outcome
from ..runner.results import CheckResult, cards, explained
from ..text import harmless
from .causes import Causes, by_cause
from .page import PartView, TaskView
from .status import status_of_check

WIDTH = 100  # or that of the terminal, if it is less
NARROW = 60
FEW = 3  # checks with one cause of which each is told
MOST_LINES = 6  # of what a failure says
FILL_IN = re.compile(r"fill in (.{1,200}) in diffusion/\w{1,100}\.py")


class Failures:
    """Tells checks that do not pass; what has been told once is "as above"."""

    def __init__(self):
        self._causes = Causes()

    def lines(self, result: CheckResult, margin: str = "", hint: bool = True) -> Iterator[str]:
        """The claim of a check and how it ended, each line after a margin.

        Args:
            hint: whether the hint of the check may be right.
        """
        status, within = status_of_check(result.outcome), f"{margin}  "
        told = self._causes.again(result)
        yield hanging(f"{status.sign} {result.sentence}{' (as above)' * told}", margin)
        if told or result.outcome is Outcome.PASSED:
            return
        yield hanging(f"{status.word}: {_shortened(harmless(result.message))}", within)
        if result.hint and hint:
            yield hanging(f"hint: {' '.join(result.hint.split())}", within)

    def all_of(self, results: Sequence[CheckResult], margin: str) -> Iterator[str]:
        """The checks of a task that are not right; many with one cause are a line."""
        hint = not explained(results)
        for alike in by_cause(results):
            shown = alike if len(alike) <= FEW else alike[:1]
            for result in shown:
                yield from self.lines(result, margin, hint)
            if more := len(alike) - len(shown):
                yield hanging(
                    f"{status_of_check(alike[0].outcome).sign} {more} more checks (as above)",
                    margin,
                )


def _shortened(message: str) -> str:
    lines = message.splitlines()
    return "\n".join(
        [*lines[:MOST_LINES], "... (-v shows all)"] if len(lines) > MOST_LINES else lines
    )


def screen(parts: Iterable[PartView], notes: Sequence[str] = ()) -> Iterator[str]:
    """The lines of a run: each task, what is wrong with it, notes, the points, what is next."""
    shown = list(parts)
    tasks = [task for part in shown for task in part.tasks]
    yield from map(hanging, cards(result for task in tasks for result in task.results))
    width = max((len(task.id) for task in tasks), default=0)
    failures, names = Failures(), {task.id for task in tasks}
    for part in shown:
        yield part.title
        for task in part.tasks:
            yield hanging(f"{task.status.sign} {task.id:{width}}  {_standing(task, names)}", "  ")
            if task.note:
                yield hanging(task.note, " " * 6)
            yield from failures.all_of(task.wrong, " " * 6)
    yield from map(hanging, filter(None, (*notes, points_so_far(tasks), next_step(tasks))))


def points_so_far(tasks: Sequence[TaskView]) -> str:
    """The points of the checks that passed, of all that these tasks give; "" if nobody knows."""
    if not tasks or any(task.points is None for task in tasks):
        return ""
    earned = sum(task.earned or 0 for task in tasks)
    points = sum(task.points or 0 for task in tasks if not task.bonus)
    counted = with_bonus(earned, bonus_so_far(tasks))
    return f"Points so far: {counted} of {written(points)} (visible checks)"


def bonus_so_far(tasks: Iterable[TaskView]) -> float:
    """The points of bonus tasks among these."""
    return sum(task.earned or 0 for task in tasks if task.bonus)


def next_step(tasks: Iterable[TaskView]) -> str:
    """The first task that is not all right, where it is, and about how long it takes."""
    left = [task for task in tasks if task.status.kind in ("open", "part", "bad")]
    if not left:
        return ""
    task, stub = left[0], ""
    if task.unreadable and not task.good:
        return f"Next: {next(iter(task.unreadable))}"
    if task.waiting and not task.wrong:
        message = harmless(task.waits_for[0])
        if (own := FILL_IN.search(message)) is None or f"(task {task.id})" not in message:
            return f"Next: {task.id}. {message}"
        stub = f": fill in {own[1]}"
    notes = [f"handout {task.section}"] if task.section else []
    if task.minutes and not task.good and not task.wrong:
        notes.append(f"about {task.minutes:g} minutes")
    place = f", in diffusion/{task.file}" if task.file else ""
    more = f" ({', '.join(notes)})" if notes else ""
    return f"Next: {task.id}{place}{more}{stub}"


def _standing(task: TaskView, names: set[str]) -> str:
    """How a task stands, in a few words; a task of these `names` that it waits for is on screen."""
    of, passed = len(task.results), len(task.good)
    counts = f"{passed} of {of} checks passed" if of > 1 else "1 check passed"
    words = [task.status.word if not passed else counts if passed < of else f"all right, {counts}"]
    if passed and task.points:
        kind = "bonus points" if task.bonus else "points"
        words.append(f"{written(task.earned or 0)} of {written(task.points)} {kind}")
    left_out = sum(result.outcome is Outcome.NOT_RUN for result in task.results)
    if left_out and passed:
        words.append(f"{left_out} not run")
    blocked = [result.message for result in task.waiting if result.outcome is Outcome.BLOCKED]
    if task.unreadable and not passed:
        return f"waits for {next(iter(task.unreadable)).partition(' cannot ')[0]}"
    if blocked and not passed and not task.wrong:
        other = STUB.search(blocked[0])
        words = [f"waits for {other[1]}" if other and other[1] in names - {task.id} else blocked[0]]
        return harmless(words[0])
    return ", ".join(words)


def hanging(text: str, margin: str = "") -> str:
    """Lines that fit the terminal, after a margin; all but the first are indented."""
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH
    width = max(NARROW, min(WIDTH, columns)) - len(margin) - 4
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, width) or [""]]
    return margin + f"\n{margin}    ".join(lines)

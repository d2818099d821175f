"""What students read in their terminal: one screen, tasks in the order of the handout.

A task that is not begun is one line. A check that fails tells its claim, what was seen, and a hint.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from ..runner.outcomes import Outcome
from ..runner.results import CheckResult, cards
from ..text import harmless
from .page import PartView, TaskView
from .status import status_of_check

WIDTH = 100


class Failures:
    """Tells checks that do not pass; what has been told once is "as above"."""

    def __init__(self):
        self._told: set[tuple[str, ...]] = set()

    def lines(self, result: CheckResult, places: Sequence[str] = ()) -> Iterator[str]:
        """The claim of a check and how it ended.

        Args:
            places: lines of the student's code that an error went through.
        """
        status = status_of_check(result.outcome)
        yield hanging(f"{status.sign} {result.sentence}")
        if result.outcome is Outcome.PASSED:
            return
        wrong = (result.message, *places)
        told = wrong in self._told
        self._told.add(wrong)
        yield hanging(f"  {status.word}: {'as above' if told else harmless(result.message)}")
        if not told:
            yield from (textwrap.indent(harmless(place), "    ") for place in places)
            if result.hint:
                yield hanging(f"  hint: {' '.join(result.hint.split())}")


def screen(parts: Iterable[PartView]) -> Iterator[str]:
    """The lines of a run: each task, what is wrong with it, and the task to go on with."""
    shown = list(parts)
    tasks = [task for part in shown for task in part.tasks]
    yield from map(hanging, cards(result for task in tasks for result in task.results))
    width = max((len(task.id) for task in tasks), default=0)
    failures = Failures()
    for part in shown:
        yield part.title
        for task in part.tasks:
            yield hanging(f"  {task.status.sign} {task.id:{width}}  {_standing(task)}")
            for result in task.other:
                if result.outcome is not Outcome.NOT_RUN:
                    for line in failures.lines(result):
                        yield textwrap.indent(line, "      ")
    if left := [task for task in tasks if task.status.kind in ("open", "part", "bad")]:
        yield hanging(f"Next: {_to_do(left[0])}")


def _to_do(task: TaskView) -> str:
    """Where to go on with a task."""
    if task.waiting and not task.other:
        return f"{task.id}. {harmless(task.waits_for[0])}"
    return f"{task.id}, in diffusion/{task.file}"


def _standing(task: TaskView) -> str:
    """How a task stands, in a few words."""
    of, passed = len(task.results), len(task.good)
    counts = f"{passed} of {of} checks passed" if of > 1 else "1 check passed"
    words = [task.status.word if not passed else counts if passed < of else f"all right, {counts}"]
    if left_out := sum(result.outcome is Outcome.NOT_RUN for result in task.results):
        words.append(f"{left_out} not run")
    blocked = [result.message for result in task.waiting if result.outcome is Outcome.BLOCKED]
    if blocked and not passed and not task.other:
        words = [f"{words[0]}: {harmless(blocked[0])}"]
    return ", ".join(words)


def hanging(text: str, width: int = WIDTH - 6) -> str:
    """Lines of at most `width` columns, indented but for the first."""
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, width) or [""]]
    return "\n    ".join(lines)

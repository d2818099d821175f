"""What stands on the page, and its rendering; where it comes from is the caller's business.

Text that may come from a submission is made harmless here and escaped by the template.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ..points import written
from ..runner.outcomes import WAITING, Outcome, waits_for
from ..runner.results import CheckResult, cards, explained
from ..text import harmless
from .causes import Causes
from .figures import Picture, picture_of
from .status import BY_HAND, Status, status_of_check, status_of_task

MOST_PICTURE_BYTES = 700_000


@dataclass(frozen=True)
class TaskView:
    """One task: `earned` and `points` are None where there are none to speak of.

    `sealed` tells of each check its outcome and nothing else; `by_hand` are points that a person
    gave, where checks gave none. Points of a `bonus` are beyond the total. `section` of the
    handout describes it, and it takes about `minutes`.
    """

    id: str
    title: str
    results: Sequence[CheckResult]
    file: str = ""
    earned: float | None = None
    points: float | None = None
    withheld: bool = False
    sealed: bool = False
    by_hand: bool = False
    note: str = ""
    section: str = ""
    minutes: float | None = None
    bonus: bool = False

    @property
    def status(self) -> Status:
        if self.by_hand:
            return BY_HAND
        return status_of_task([result.outcome for result in self.results], self.withheld)

    @property
    def good(self) -> list[CheckResult]:
        return [result for result in self.results if result.outcome is Outcome.PASSED]

    @property
    def waiting(self) -> list[CheckResult]:
        """Checks that a stub keeps from running: one sentence does for all of them."""
        open_ones = [result for result in self.results if result.outcome in WAITING]
        return [result for result in open_ones if not waits_for(result.message)]

    @property
    def unreadable(self) -> dict[str, int]:
        """The files that checks wait for, since Python cannot read them: how many checks."""
        waits = (waits_for(result.message).partition(": ")[0] for result in self.results)
        return Counter(filter(None, waits))

    @property
    def waits_for(self) -> list[str]:
        """What those say, each thing once."""
        return list(dict.fromkeys(result.message for result in self.waiting))

    @property
    def other(self) -> list[CheckResult]:
        """Those that neither passed nor wait."""
        here = WAITING | {Outcome.PASSED}
        return [result for result in self.results if result.outcome not in here]

    @property
    def wrong(self) -> list[CheckResult]:
        """Those that ran and did not pass."""
        return [result for result in self.other if result.outcome is not Outcome.NOT_RUN]

    @property
    def explained(self) -> bool:
        """Whether a known mistake explains a check, so that hints of the others may mislead."""
        return explained(self.results)

    @property
    def command(self) -> str:
        """What runs the checks of this task alone."""
        stems = dict.fromkeys(result.check.partition("::")[0] for result in self.results)
        return "pytest " + " ".join(f"tests/{stem}.py" for stem in stems)


@dataclass(frozen=True)
class PartView:
    """Tasks under one heading."""

    title: str
    tasks: Sequence[TaskView]


@dataclass(frozen=True)
class Deduction:
    """Points that came off the whole; None where that is not said yet."""

    words: str
    points: float | None


@dataclass(frozen=True)
class Page:
    """All of the report. `earned` and `points` are None on a page without points; of an `ungraded`
    submission, nothing has any. `points` are without a bonus, which `earned` contains.

    `drawn` are the pictures of each check, where somebody has drawn them already.
    """

    title: str
    subtitle: str
    parts: Sequence[PartView]
    course: str = ""
    ungraded: bool = False
    earned: float | None = None
    points: float | None = None
    bonus: float = 0.0
    score_note: str = ""
    deductions: Sequence[Deduction] = ()
    warnings: Sequence[str] = ()
    notes: Sequence[str] = ()
    drawn: Mapping[str, Sequence[Picture]] | None = None

    @property
    def cards(self) -> list[str]:
        """What comes first: the files that Python cannot read."""
        return cards(result for task in self.tasks for result in task.results)

    @property
    def tasks(self) -> list[TaskView]:
        return [task for part in self.parts for task in part.tasks]

    @property
    def passed(self) -> int:
        return sum(len(task.good) for task in self.tasks)

    @property
    def checks(self) -> int:
        return sum(len(task.results) for task in self.tasks)


def render(page: Page) -> str:
    """The page as one HTML file that needs nothing else."""
    drawn = page.drawn
    pictures_of = draw_all if drawn is None else lambda result: drawn.get(result.check, ())
    shown = _pictures(page.tasks, pictures_of)
    template = environment().get_template("report.html")
    return template.render(page=page, causes=Causes(), **shown)


def draw_all(result: CheckResult) -> list[Picture]:
    """The pictures of what a check put on show; without what cannot be drawn.

    The numbers are the submission's, and no picture is worth the report.
    """
    pictures = []
    for exhibit in result.exhibits:
        with suppress(Exception):
            pictures.append(picture_of(exhibit))
    return pictures


def _pictures(
    tasks: Iterable[TaskView], pictures_of: Callable[[CheckResult], Sequence[Picture]]
) -> dict[str, Any]:
    """What the checks put on show, as much as a page may weigh.

    What belongs to a task that draws samples goes on top, the pictures of others to their tasks.
    """
    top, beside, weight = [], {}, 0
    for task in tasks:
        shown = [p for result in task.results if not task.sealed for p in pictures_of(result)]
        draws = any(picture.samples for picture in shown)
        for picture in shown:
            weight += len(picture.png)
            if weight <= MOST_PICTURE_BYTES:
                (top if draws else beside.setdefault(task.id, [])).append(picture)
    return {"pictures": top, "beside": beside}


@cache
def environment(*folders: Path) -> Environment:
    """Templates with escaping always on, from `folders` and this package's own."""
    found = Environment(
        loader=FileSystemLoader([*folders, Path(__file__).parent / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"prose": prose, "harmless": harmless, "points": written}
    found.globals |= {"status_of_check": status_of_check}
    return found


def prose(text: str) -> Markup:
    """Paragraphs, with `code` between backticks; everything else is escaped."""
    paragraphs = [
        Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(" ".join(lines.split())))))
        for lines in harmless(text).split("\n\n")
        if lines.strip()
    ]
    return Markup("").join(Markup("<p>{}</p>").format(paragraph) for paragraph in paragraphs)

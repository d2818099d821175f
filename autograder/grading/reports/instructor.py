"""instructor.html: for staff, everything that is known of one submission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.grading.gradebook.entry import staff_flags
from autograder.grading.gradebook.marks import BY_PEOPLE, Marks, possible
from autograder.grading.gradebook.standing import AssignmentStanding, Line, Standing
from autograder.grading.judging.graded import Graded
from autograder.grading.judging.scoring import TaskScore
from checkkit.report.figures import Picture
from checkkit.report.page import MOST_PICTURE_BYTES
from checkkit.report.status import BY_HAND, Status, status_of_check, status_of_task
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

from .pages import staff_page

Drawn = Mapping[str, Sequence[Picture]]


@dataclass(frozen=True)
class Account:
    """What counts for some of the students, alike for each of them."""

    standings: Sequence[Standing]

    @property
    def assignments(self) -> Sequence[AssignmentStanding]:
        return self.standings[0].assignments


@dataclass(frozen=True)
class TaskReport:
    """One task with its checks."""

    score: TaskScore
    line: Line
    waits: bool

    @property
    def status(self) -> Status:
        if self.line.source in BY_PEOPLE:
            return BY_HAND
        return status_of_task([result.outcome for result in self.score.results], self.waits)


def instructor_page(graded: Graded, marks: Marks, drawn: Drawn) -> str:
    """The HTML of instructor.html; `drawn` are the pictures of each check."""
    lines, waiting = marks.lines, marks.waiting(graded)
    tasks = {
        score.task.id: TaskReport(score, lines[score.task.id], score.task.id in waiting)
        for score in graded.scores()
    }
    return staff_page(
        "instructor.html",
        graded=graded,
        marks=marks,
        accounts=_accounts(marks),
        flags=staff_flags(graded, marks),
        urgent=bool(graded.problem or waiting),
        possible=lambda one: possible(one, graded),
        by_people=BY_PEOPLE,
        outcome_status=_outcome_status,
        tasks=tasks,
        pictures=_weighed(list(graded.results.values()), drawn),
    )


def _outcome_status(outcome: Outcome) -> Status:
    """How a check stands, in the words of staff."""
    return replace(status_of_check(outcome), word=str(outcome))


def _accounts(marks: Marks) -> list[Account]:
    """The students, those of whom everything counts alike together."""
    found: list[list[Standing]] = []
    for standing in marks.each:
        alike = next((a for a in found if a[0].assignments == standing.assignments), None)
        if alike is None:
            found.append([standing])
        else:
            alike.append(standing)
    return [Account(standings) for standings in found]


def _weighed(results: Sequence[CheckResult], drawn: Drawn) -> dict[str, list[Picture]]:
    """The pictures of each check, as many as a page may weigh."""
    shown, weight = {}, 0
    for result in results:
        for picture in drawn.get(result.check, ()):
            weight += len(picture.png)
            if weight <= MOST_PICTURE_BYTES:
                shown.setdefault(result.check, []).append(picture)
    return shown

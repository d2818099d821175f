"""instructor.html: for staff, everything that is known of one submission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.grading.gradebook.grades import (
    BY_PEOPLE,
    AssignmentGrade,
    StudentGrade,
    SubmissionGrades,
    TaskGrade,
    possible,
)
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scoring import TaskScore
from checkkit.report.figures import Picture
from checkkit.report.page import MOST_PICTURE_BYTES
from checkkit.report.status import BY_HAND, Status, status_of_check, status_of_task
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

from .staff_pages import staff_page

Drawn = Mapping[str, Sequence[Picture]]


@dataclass(frozen=True)
class Account:
    """What counts for some of the students, alike for each of them."""

    grades: Sequence[StudentGrade]

    @property
    def assignments(self) -> Sequence[AssignmentGrade]:
        return self.grades[0].assignments


@dataclass(frozen=True)
class TaskReport:
    """One task with its checks."""

    score: TaskScore
    line: TaskGrade
    waits: bool

    @property
    def status(self) -> Status:
        if self.line.source in BY_PEOPLE:
            return BY_HAND
        return status_of_task([result.outcome for result in self.score.results], self.waits)


def instructor_page(graded: SubmissionResult, marks: SubmissionGrades, drawn: Drawn) -> str:
    """The HTML of instructor.html; `drawn` are the pictures of each check."""
    lines, waiting = marks.lines, marks.pending
    tasks = {
        score.task.id: TaskReport(score, lines[score.task.id], score.task.id in waiting)
        for score in graded.scores()
    }
    return staff_page(
        "instructor.html",
        graded=graded,
        marks=marks,
        accounts=_accounts(marks),
        flags=marks.flags,
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


def _accounts(marks: SubmissionGrades) -> list[Account]:
    """The students, those of whom everything counts alike together."""
    found: list[list[StudentGrade]] = []
    for grade in marks.each:
        alike = next((a for a in found if a[0].assignments == grade.assignments), None)
        if alike is None:
            found.append([grade])
        else:
            alike.append(grade)
    return [Account(grades) for grades in found]


def _weighed(results: Sequence[CheckResult], drawn: Drawn) -> dict[str, list[Picture]]:
    """The pictures of each check, as many as a page may weigh."""
    shown, weight = {}, 0
    for result in results:
        for picture in drawn.get(result.check, ()):
            weight += len(picture.png)
            if weight <= MOST_PICTURE_BYTES:
                shown.setdefault(result.check, []).append(picture)
    return shown

"""What counts for one student: a line for each task, and one for lateness."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from autograder.config import Assignment, Course, Task
from autograder.grading.intake.source import Student
from autograder.grading.judging.graded import Graded
from autograder.grading.judging.scoring import total

from .adjustments import Adjustments, known_as
from .lateness import NOT_LATE, Late, lateness

NOTHING_SAID = Adjustments()
Source = Literal["checks", "manual", "override", "nobody"]


@dataclass(frozen=True)
class Line:
    """One task. `earned` is None where nobody has judged it, or where its points wait for a person.

    `reason` is what a person gave with a score of theirs.
    """

    task: Task
    earned: float | None
    source: Source
    reason: str = ""


@dataclass(frozen=True)
class AssignmentStanding:
    """One assignment of one student."""

    assignment: Assignment
    lines: tuple[Line, ...]
    late: Late = NOT_LATE

    @property
    def known(self) -> bool:
        """At least one task has been judged."""
        return any(line.earned is not None for line in self.lines)

    @property
    def total(self) -> float:
        """Points after the deduction, never below 0; what is not judged counts as 0."""
        return max(0.0, total([*(line.earned or 0.0 for line in self.lines), -self.late.deduction]))


@dataclass(frozen=True)
class Standing:
    """Everything that counts for one student, or for a submission of which nobody knows whose."""

    student: Student | None
    assignments: tuple[AssignmentStanding, ...]


def standing_of(
    graded: Graded,
    student: Student | None,
    course: Course,
    adjustments: Adjustments = NOTHING_SAID,
) -> Standing:
    """What one of the students of a graded submission has; None where nobody knows whose it is.

    What a person said of a task counts before what the checks say, and an override before both. A
    submission with students is theirs one by one: for None it then has what nobody has by himself.
    """
    who = () if student is None and graded.students else known_as(student, graded.name)
    scores = {} if graded.problem else {score.task.id: score for score in graded.scores()}
    submitted_at = datetime.fromisoformat(graded.submitted_at) if graded.submitted_at else None

    def line(task: Task) -> Line:
        if said := adjustments.score(who, task):
            source, given = said
            return Line(task, given.score, source, given.reason)
        score = scores.get(task.id)
        if score and score.judged and not score.withheld:
            return Line(task, score.earned, "checks")
        return Line(task, None, "nobody")

    def standing(assignment: Assignment) -> AssignmentStanding:
        lines = tuple(map(line, assignment.tasks))
        earned = total(one.earned or 0.0 for one in lines)
        due = adjustments.due(who, assignment)
        late = lateness(assignment, course, submitted_at, earned, due)
        return AssignmentStanding(assignment, lines, late)

    return Standing(student, tuple(map(standing, course.assignments)))

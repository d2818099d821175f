"""What counts for one student: a line for each task, and one for lateness."""

from dataclasses import dataclass
from typing import Literal

from autograder.config import Assignment, Course, Task
from autograder.intake.handed_in import Student
from autograder.judge.graded import Graded
from autograder.judge.scoring import total

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
class Late:
    """The line for lateness: whole days late, the points that they cost, and why in words."""

    days: int = 0
    deduction: float = 0.0
    text: str = ""


@dataclass(frozen=True)
class AssignmentStanding:
    """One assignment of one student."""

    assignment: Assignment
    lines: tuple[Line, ...]
    late: Late = Late()

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


def standing_of(graded: Graded, student: Student | None, course: Course) -> Standing:
    """What one of the students of a graded submission has."""
    scores = {} if graded.problem else {score.task.id: score for score in graded.scores()}
    lines = {
        name: Line(score.task, score.earned, "checks")
        for name, score in scores.items()
        if score.judged and not score.withheld
    }
    return Standing(
        student,
        tuple(
            AssignmentStanding(
                assignment,
                tuple(lines.get(task.id, Line(task, None, "nobody")) for task in assignment.tasks),
            )
            for assignment in course.assignments
        ),
    )

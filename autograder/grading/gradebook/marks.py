"""What counts for a submission: for each of its students, and for all of them alike."""

from dataclasses import dataclass

from autograder.grading.gradebook.adjustments import Adjustments
from autograder.grading.gradebook.standing import (
    NOTHING_SAID,
    AssignmentStanding,
    Line,
    Standing,
    standing_of,
)
from autograder.grading.judging.graded import Graded
from autograder.grading.judging.scoring import total

BY_PEOPLE = ("manual", "override")


@dataclass(frozen=True)
class Marks:
    """The standing of each student, of nobody where nobody is known, and what they share.

    Where they `differ`, as when one of two has more time, what they share leaves out what is
    anybody's own: pages that all of them read show that.
    """

    each: tuple[Standing, ...]
    shared: Standing
    differ: bool = False

    @property
    def lines(self) -> dict[str, Line]:
        """The shared line of each task."""
        return {line.task.id: line for one in self.shared.assignments for line in one.lines}

    @property
    def ruled(self) -> frozenset[str]:
        """The tasks of which a person has decided the points."""
        lines = self.lines.items()
        return frozenset(name for name, line in lines if line.source in BY_PEOPLE)

    def waiting(self, graded: Graded) -> frozenset[str]:
        """The tasks whose points wait for a person."""
        return frozenset(s.task.id for s in graded.scores() if s.withheld) - self.ruled

    @property
    def total(self) -> float:
        """What they share, over all assignments."""
        return total(assignment.total for assignment in self.shared.assignments)


def marks_of(graded: Graded, adjustments: Adjustments | None = None) -> Marks:
    """What counts for a graded submission, with what people have said about it."""
    course, said = graded.scope.course, adjustments or NOTHING_SAID
    each = tuple(standing_of(graded, one, course, said) for one in graded.students or (None,))
    if all(standing.assignments == each[0].assignments for standing in each):
        return Marks(each, each[0])
    return Marks(each, standing_of(graded, None, course, said), differ=True)


def possible(assignment: AssignmentStanding, graded: Graded) -> float:
    """The points that there are to earn so far: of checks in scope, and of what a person judged."""
    return total(
        line.task.points
        for line in assignment.lines
        if line.task.id in graded.scope.tasks or line.source in BY_PEOPLE
    )

"""Statistics of a batch: totals and tasks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from autograder.config import Assignment, Task
from autograder.grading.gradebook.grades import SubmissionGrades
from autograder.grading.gradebook.rows import Row
from autograder.grading.judging.scoring import total

BINS = 20
DIAGNOSES = 3


@dataclass(frozen=True)
class Histogram:
    """The totals of one assignment; `possible` counts the tasks that are graded for anybody."""

    assignment: Assignment
    possible: float
    totals: tuple[float, ...]

    @property
    def bins(self) -> list[int]:
        """How many totals lie in each twentieth of what is possible; full marks are in the last."""
        bins = Counter(min(BINS - 1, int(BINS * one / self.possible + 1e-9)) for one in self.totals)
        return [bins[i] for i in range(BINS)]

    @property
    def median(self) -> float:
        return median(self.totals)

    @property
    def full(self) -> int:
        """How many have all points."""
        return sum(value >= self.possible for value in self.totals)


@dataclass(frozen=True)
class TaskStatistics:
    """One task over all submissions; `diagnoses` are the commonest, `more` how many others."""

    task: Task
    graded: int
    full: int
    mean: float
    seconds: float
    diagnoses: list[tuple[str, int]]
    more: int

    @property
    def percent(self) -> float:
        """How many of those graded have all points of the task."""
        return 100 * self.full / self.graded


def histograms(rows: Sequence[Row]) -> list[Histogram]:
    """One for each assignment with a graded task."""
    found = []
    for i, assignment in enumerate(rows[0].grade.assignments if rows else ()):
        grades = [row.grade.assignments[i] for row in rows if row.grade.assignments[i].graded]
        graded = {one.task.id for grade in grades for one in grade.tasks if one.earned is not None}
        points = total(task.points for task in assignment.assignment.tasks if task.id in graded)
        if points:
            totals = tuple(grade.total for grade in grades)
            found.append(Histogram(assignment.assignment, points, totals))
    return found


def task_statistics(submissions: Sequence[SubmissionGrades]) -> list[TaskStatistics]:
    """The tasks that are graded at all, in the order of grading.yaml; groups count once."""
    course = submissions[0].result.scope.course if submissions else None
    found = []
    for task in course.tasks if course else ():
        grades = [one.tasks[task.id].earned for one in submissions]
        if earned := [points for points in grades if points is not None]:
            full = sum(points >= task.points - 1e-9 for points in earned)
            seconds = [s for one in submissions if (s := one.seconds.get(task.id))]
            mistakes = [mistake for one in submissions for mistake in one.mistakes]
            counts = Counter(words for name, words in mistakes if name == task.id)
            common = counts.most_common(DIAGNOSES)
            found.append(
                TaskStatistics(
                    task,
                    len(earned),
                    full,
                    fmean(earned),
                    median(seconds) if seconds else 0.0,
                    common,
                    len(counts) - len(common),
                )
            )
    return found

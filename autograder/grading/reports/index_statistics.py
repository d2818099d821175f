"""How a batch did: totals, tasks, diagnoses and the time it took."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from autograder.config import Assignment, Task
from autograder.grading.gradebook.grades import SubmissionGrades, TaskGrade
from autograder.grading.gradebook.rows import Row
from autograder.grading.judging.scoring import total

BINS = 20
DIAGNOSES = 3


@dataclass(frozen=True)
class Histogram:
    """The totals of one assignment; `possible` counts the tasks that anybody was judged on."""

    assignment: Assignment
    possible: float
    totals: tuple[float, ...]
    bins: tuple[int, ...]

    @property
    def median(self) -> float:
        return median(self.totals)

    @property
    def full(self) -> int:
        """How many have everything."""
        return sum(value >= self.possible for value in self.totals)


@dataclass(frozen=True)
class TaskFigures:
    """One task over all submissions; `diagnoses` are the commonest, `more` how many others."""

    task: Task
    judged: int
    full: int
    mean: float
    seconds: float
    diagnoses: tuple[tuple[str, int], ...]
    more: int

    @property
    def percent(self) -> float:
        """How many of those that were judged have all of its points."""
        return 100 * self.full / self.judged if self.judged else 0.0


@dataclass(frozen=True)
class Times:
    """Seconds of judging: of everything, of a submission, and who took longest."""

    whole: float
    median: float
    longest: SubmissionGrades | None


def histograms(rows: Sequence[Row]) -> list[Histogram]:
    """One for each assignment of which something was judged."""
    found = []
    for i, assignment in enumerate(rows[0].grade.assignments if rows else ()):
        grades = [row.grade.assignments[i] for row in rows]
        known = [grade for grade in grades if grade.known]
        judged = {line.task.id: line.task for s in known for line in s.lines if _judged(line)}
        possible = total(task.points for task in judged.values())
        if possible:
            totals = tuple(grade.total for grade in known)
            bins = _bins(totals, possible)
            found.append(Histogram(assignment.assignment, possible, totals, bins))
    return found


def _judged(line: TaskGrade) -> bool:
    return line.earned is not None


def _bins(totals: Sequence[float], possible: float) -> tuple[int, ...]:
    """Twentieths of what is possible; full marks belong to the last."""
    places = Counter(min(BINS - 1, int(BINS * value / possible + 1e-9)) for value in totals)
    return tuple(places[i] for i in range(BINS))


def task_figures(entries: Sequence[SubmissionGrades]) -> list[TaskFigures]:
    """The tasks that were judged at all, in the order of grading.yaml; groups count once."""
    tasks: dict[str, list[TaskGrade]] = {}
    for entry in entries:
        for name, line in entry.lines.items():
            if _judged(line):
                tasks.setdefault(name, []).append(line)
    course = entries[0].scope.course if entries else None
    return [
        _figures(task, tasks[task.id], entries)
        for task in (course.tasks if course else ())
        if task.id in tasks
    ]


def _figures(
    task: Task, lines: Sequence[TaskGrade], entries: Sequence[SubmissionGrades]
) -> TaskFigures:
    spent = [entry.spent[task.id] for entry in entries if entry.spent.get(task.id)]
    named = Counter(m for entry in entries for name, m in entry.mistakes if name == task.id)
    common = named.most_common(DIAGNOSES)
    earned = [line.earned for line in lines if line.earned is not None]
    return TaskFigures(
        task,
        len(lines),
        sum(points >= task.points - 1e-9 for points in earned),
        fmean(earned),
        median(spent) if spent else 0.0,
        tuple(common),
        len(named) - len(common),
    )


def times(entries: Sequence[SubmissionGrades]) -> Times:
    """Of what was judged, in this run or earlier."""
    spent = [entry for entry in entries if entry.seconds]
    return Times(
        sum(entry.seconds for entry in spent),
        median(entry.seconds for entry in spent) if spent else 0.0,
        max(spent, key=lambda entry: entry.seconds, default=None),
    )

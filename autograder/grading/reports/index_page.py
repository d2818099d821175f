"""index.html: first what needs a person, then statistics, then each student."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from urllib.parse import quote

from autograder.config import Assignment, Part, Task
from autograder.grading.gradebook.grades import SubmissionGrades, possible_in, sum_of_possible
from autograder.grading.gradebook.grades_csv import Row, rows_of
from autograder.grading.gradebook.lateness import NO_TIME
from checkkit.points import with_bonus

from .partial import OF_THE_RUN, left_out
from .staff_pages import staff_page

BINS = 20
HINT = "hint: "
DIAGNOSES = 3
SCRIPTS = ("sort.js", "search.js", "ask.js")


def index_page(
    submissions: Sequence[SubmissionGrades],
    not_in_canvas: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The HTML of index.html; `not_in_canvas` if there is a canvas.csv, see `canvas.left_out`."""
    rows = rows_of(submissions)
    # In the order of the rows, once each.
    ordered = list({row.submission.result.name: row.submission for row in rows}.values())
    results = [submission.result for submission in ordered]
    judged = [result for result in results if result.seconds]
    graded = [submission for submission in ordered if not submission.result.problem]
    common = shared_flags(rows)
    return staff_page(
        "index.html",
        SCRIPTS,
        rows=rows,
        submissions=ordered,
        places={result.name: i for i, result in enumerate(results)},
        columns=_columns(rows),
        points_of=_points,
        with_bonus=with_bonus,
        urgent=[submission for submission in ordered if submission.urgent],
        flagged=flagged(rows),
        common=common,
        course=results[0].scope.course.title if results else "",
        partial=left_out(min(graded, key=lambda one: len(one.incomplete))) if graded else "",
        no_times=NO_TIME in common,
        late=sum(any(one.late.days for one in row.grade.assignments) for row in rows),
        histograms=histograms(rows),
        tasks=task_statistics(rows),
        seconds=sum(result.seconds for result in results),
        median_seconds=median(result.seconds for result in judged) if judged else 0.0,
        longest=max(judged, key=lambda result: result.seconds, default=None),
        earlier=sum(not result.fresh for result in results),
        of_record=all(result.of_record for result in results),
        canvas=not_in_canvas,
        address=quote,
    )


def flagged(rows: Sequence[Row]) -> int:
    """How many rows have a flag that is not about the whole run."""
    common = shared_flags(rows)
    own = [[flag for flag in row.flags if flag not in common] for row in rows]
    return sum(any(not flag.startswith(HINT) for flag in flags) for flags in own)


def shared_flags(rows: Sequence[Row]) -> frozenset[str]:
    """Flags about the run, which all rows have: what it left out, and that it has no times."""
    graded = [set(row.flags) for row in rows if not row.submission.result.problem]
    common = frozenset.intersection(*map(frozenset, graded)) if graded else frozenset()
    return frozenset(flag for flag in common if flag.startswith((*OF_THE_RUN, NO_TIME)))


def _columns(rows: Sequence[Row]) -> list[tuple[Assignment, list[Part]]]:
    """The assignments and parts that are in scope or graded."""
    shown = {name for row in rows for name in row.submission.result.scope.tasks}
    shown |= {
        name for row in rows for name, grade in row.grade.tasks.items() if grade.earned is not None
    }
    course = rows[0].submission.result.scope.course if rows else None
    columns = [
        (assignment, [part for part in assignment.parts if {t.id for t in part.tasks} & shown])
        for assignment in (course.assignments if course else ())
    ]
    return [(assignment, parts) for assignment, parts in columns if parts]


def _points(row: Row, part: Part) -> float | None:
    """What a student has of a part; None if nothing of it is graded."""
    grades = row.grade.tasks
    earned = [points for task in part.tasks if (points := grades[task.id].earned) is not None]
    return sum(earned) if earned else None


# ------------------------------------------------------------------------------- statistics


@dataclass(frozen=True)
class Histogram:
    """The totals of one assignment; `possible` counts the tasks that are graded for anybody."""

    assignment: Assignment
    possible: float
    totals: tuple[float, ...]

    @property
    def bins(self) -> list[int]:
        """How many totals lie in each twentieth of what is possible; full marks are in the last."""
        bins = Counter(map(self.bin_of, self.totals))
        return [bins[i] for i in range(BINS)]

    def bin_of(self, total: float) -> int:
        """The place in `bins` where a total is counted."""
        return min(BINS - 1, int(BINS * total / self.possible + 1e-9))

    @property
    def median(self) -> float:
        return median(self.totals)

    @property
    def full(self) -> int:
        """How many have all points."""
        return sum(value >= self.possible for value in self.totals)


@dataclass(frozen=True)
class TaskStatistics:
    """One task over all students; `diagnoses` are the commonest, `more` how many others.

    `possible` are the points of the checks that ran.
    """

    task: Task
    possible: float
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
    shown = []
    possible = possible_in(row.grade for row in rows)
    for i, assignment in enumerate(rows[0].grade.assignments if rows else ()):
        grades = [row.grade.assignments[i] for row in rows if row.grade.assignments[i].graded]
        points = sum_of_possible(possible, assignment.assignment.tasks)
        if points:
            totals = tuple(grade.total for grade in grades)
            shown.append(Histogram(assignment.assignment, points, totals))
    return shown


def task_statistics(rows: Sequence[Row]) -> list[TaskStatistics]:
    """The tasks that are graded at all, in the order of grading.yaml; students are counted.

    The seconds are those of submissions.
    """
    course = rows[0].submission.result.scope.course if rows else None
    submissions = {row.submission.result.name: row.submission for row in rows}.values()
    possible = possible_in(row.grade for row in rows)
    statistics = []
    for task in course.tasks if course else ():
        grades = [row.grade.tasks[task.id].earned for row in rows]
        if earned := [points for points in grades if points is not None]:
            full = sum(points >= possible[task.id] - 1e-9 for points in earned)
            seconds = [s for one in submissions if (s := one.seconds.get(task.id))]
            mistakes = [mistake for row in rows for mistake in row.submission.mistakes]
            counts = Counter(words for name, words in mistakes if name == task.id)
            common = counts.most_common(DIAGNOSES)
            statistics.append(
                TaskStatistics(
                    task,
                    possible[task.id],
                    len(earned),
                    full,
                    fmean(earned),
                    median(seconds) if seconds else 0.0,
                    common,
                    len(counts) - len(common),
                )
            )
    return statistics

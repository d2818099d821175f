"""The grades of a submission: for each of its students, and what they share."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from autograder.config import Assignment, Course, Task
from autograder.grading.intake import Student
from autograder.grading.judging.result import SubmissionResult
from autograder.grading.judging.scoring import total
from checkkit.points import rounded
from checkkit.report.figures import Picture
from checkkit.runner.outcomes import Outcome
from checkkit.text import one_line

from .adjustments import Adjustments, student_key
from .lateness import NOT_LATE, Late, lateness

NO_ADJUSTMENTS = Adjustments()


@dataclass(frozen=True)
class TaskGrade:
    """One task. `earned` is None where it is not graded yet, or its points wait for a person.

    All points are rounded, see `checkkit.points`; those of a bonus task are beyond the total of
    what is possible. `possible` are those that this run can give: none
    of checks that it leaves out, nor of a task that a person has not graded. `reason` is
    what a person wrote about a score that they gave.
    """

    task: Task
    earned: float | None
    source: Literal["checks", "manual", "override", "nobody"]
    possible: float = 0.0
    reason: str = ""

    @property
    def by_person(self) -> bool:
        """A person decided the points."""
        return self.source in ("manual", "override")


@dataclass(frozen=True)
class AssignmentGrade:
    """One assignment of one student; `handed_in` is None where nobody knows.

    Of the bonus points, `max_bonus` count at most; None sets no limit.
    """

    assignment: Assignment
    tasks: tuple[TaskGrade, ...]
    late: Late = NOT_LATE
    handed_in: datetime | None = None
    max_bonus: float | None = None

    @property
    def graded(self) -> bool:
        """At least one task is graded."""
        return any(grade.earned is not None for grade in self.tasks)

    @property
    def lacks_time(self) -> bool:
        """Its time should be known, and nobody knows it."""
        return not self.late.known and self.assignment.graded_by_checks

    @property
    def possible(self) -> float:
        """The points that this run can give, without a bonus."""
        return total(one.possible for one in self.tasks if not one.task.bonus)

    @property
    def bonus(self) -> float:
        """The bonus points that count."""
        return counted_bonus(self.tasks, self.max_bonus)

    @property
    def beyond_limit(self) -> float:
        """The bonus points that were earned and do not count."""
        earned = total(one.earned or 0.0 for one in self.tasks if one.task.bonus)
        return total([earned, -self.bonus])

    @property
    def total(self) -> float:
        """Points after the deduction, never below 0; what is not graded counts as 0."""
        return max(0.0, total([self.counted(self.tasks), -self.late.deduction]))

    def counted(self, tasks: Iterable[TaskGrade]) -> float:
        """The points of some of its tasks, a bonus up to its limit included."""
        return counted(tasks, self.max_bonus)


def counted(tasks: Iterable[TaskGrade], max_bonus: float | None) -> float:
    """The points of tasks of one assignment, a bonus up to its limit included."""
    tasks = list(tasks)
    regular = (one.earned or 0.0 for one in tasks if not one.task.bonus)
    return total([*regular, counted_bonus(tasks, max_bonus)])


def counted_bonus(tasks: Iterable[TaskGrade], max_bonus: float | None) -> float:
    """The bonus points of tasks of one assignment, up to the limit."""
    earned = total(one.earned or 0.0 for one in tasks if one.task.bonus)
    return earned if max_bonus is None else min(earned, max_bonus)


@dataclass(frozen=True)
class StudentGrade:
    """The grades of one student; `student` is None for a submission of unknown students."""

    student: Student | None
    assignments: tuple[AssignmentGrade, ...]

    @property
    def tasks(self) -> dict[str, TaskGrade]:
        """The grade of each task, by its id."""
        return {grade.task.id: grade for one in self.assignments for grade in one.tasks}

    @property
    def graded(self) -> bool:
        """At least one task is graded."""
        return any(assignment.graded for assignment in self.assignments)

    @property
    def possible(self) -> float:
        """The points that this run can give, without a bonus."""
        return total(assignment.possible for assignment in self.assignments)

    @property
    def bonus(self) -> float:
        """The bonus points that count, over all assignments; they are in the total."""
        return total(assignment.bonus for assignment in self.assignments)

    @property
    def total(self) -> float:
        """Points over all assignments, after deductions."""
        return total(assignment.total for assignment in self.assignments)

    @property
    def handed_in(self) -> str:
        """When the assignments that checks grade came: one time, unless staff say otherwise."""
        of_checks = (one for one in self.assignments if one.assignment.graded_by_checks)
        times = dict.fromkeys(one.handed_in.isoformat() for one in of_checks if one.handed_in)
        return "; ".join(times)


@dataclass(frozen=True)
class SubmissionGrades:
    """The grades of the students of a submission; if its students are unknown, of one that is None.

    `shared` is shown to all students: where their grades differ, for example if one of two has an
    extension, it leaves out adjustments and lateness. `after_due` are the tasks that students
    may see because the due date has passed.
    """

    result: SubmissionResult
    students: tuple[StudentGrade, ...]
    shared: StudentGrade
    thumbnail: Picture | None = None
    after_due: frozenset[str] = frozenset()

    @property
    def differ(self) -> bool:
        """The students do not all have the same grades."""
        return any(one.assignments != self.students[0].assignments for one in self.students)

    @cached_property
    def tasks(self) -> dict[str, TaskGrade]:
        """The shared grade of each task, by its id."""
        return self.shared.tasks

    def shows(self, task: Task, published: bool) -> bool:
        """Whether students may see a task."""
        return published or not task.hidden or task.id in self.after_due

    @property
    def decided(self) -> frozenset[str]:
        """The tasks whose points a person has decided."""
        return frozenset(name for name, grade in self.tasks.items() if grade.by_person)

    @cached_property
    def pending(self) -> frozenset[str]:
        """The tasks whose points wait for a person."""
        waiting = frozenset(score.task.id for score in self.result.scores() if score.withheld)
        return waiting - self.decided

    @cached_property
    def incomplete(self) -> frozenset[str]:
        """The tasks of which a check did not run."""
        return frozenset(task.id for task in self.result.not_run)

    @property
    def urgent(self) -> bool:
        """A person has to look before this grade can count."""
        return bool(self.result.problem or self.pending or self.result.doubts)

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """What staff should know, the most urgent first."""
        flags = [one_line(flag, 500) for flag in self.result.flags(self.decided)]
        if self.differ:
            flags.append("the grades of its students differ")
        overridden = [name for name, grade in self.tasks.items() if grade.source == "override"]
        if overridden:
            flags.append(one_line(f"overridden: {' '.join(overridden)}", 500))
        flags += [f"source: {one_line(line)}" for line in self.result.suspicions]
        if unknown := [late for late in map(_unknown_lateness, self.students) if late]:
            flags.append(unknown[0].text)
            flags += [f"hint: {one_line(self.result.time_hint)}"] if self.result.time_hint else []
        return tuple(flags)

    @cached_property
    def outcomes(self) -> list[tuple[Outcome, int]]:
        """How many checks ended in which way, without those that the run leaves out."""
        return Counter(self.result.counts()).most_common()

    @cached_property
    def mistakes(self) -> list[tuple[str, str]]:
        """Pairs of a task and a diagnosis."""
        results = (result for score in self.result.scores() for result in score.results)
        return list(dict.fromkeys((r.task, one_line(r.mistake)) for r in results if r.mistake))

    @cached_property
    def seconds(self) -> dict[str, float]:
        """How long the checks of each task took."""
        return {one.task.id: sum(r.seconds for r in one.results) for one in self.result.scores()}


def _unknown_lateness(grade: StudentGrade) -> Late | None:
    return next((one.late for one in grade.assignments if one.lacks_time), None)


def grades_of(
    result: SubmissionResult,
    adjustments: Adjustments = NO_ADJUSTMENTS,
    now: datetime | None = None,
) -> SubmissionGrades:
    """The grades of a submission, with the adjustments of staff."""
    students = tuple(student_grade(result, one, adjustments) for one in result.students or (None,))
    after_due = _after_due(result.scope.course, adjustments, now or datetime.now(UTC))
    grades = SubmissionGrades(result, students, students[0], after_due=after_due)
    return replace(grades, shared=_of_nobody(result, adjustments)) if grades.differ else grades


def _of_nobody(result: SubmissionResult, adjustments: Adjustments) -> StudentGrade:
    """What students with different grades share: neither adjustments nor lateness."""
    bare = student_grade(result, None, adjustments)
    return replace(
        bare,
        assignments=tuple(
            replace(one, late=NOT_LATE) if one.late.known else one for one in bare.assignments
        ),
    )


def _after_due(course: Course, adjustments: Adjustments, now: datetime) -> frozenset[str]:
    """The tasks that wait for the due date only, and it has passed for everybody."""
    return frozenset(
        task.id
        for assignment in course.assignments
        if now > adjustments.latest_due(assignment)
        for task in assignment.tasks
        if task.visibility == "after_due_date"
    )


def student_grade(
    result: SubmissionResult, student: Student | None, adjustments: Adjustments = NO_ADJUSTMENTS
) -> StudentGrade:
    """The grade of one of the students of a submission; None if its students are unknown.

    A manual score replaces that of the checks, and an override replaces both. For a submission with
    known students, None leaves out all adjustments.
    """
    course: Course = result.scope.course
    who = "" if student is None and result.students else student_key(student, result.name)
    scores = {} if result.problem else {score.task.id: score for score in result.scores()}
    by_platform = datetime.fromisoformat(result.submitted_at) if result.submitted_at else None

    def of_task(task: Task) -> TaskGrade:
        if decided := adjustments.score(who, task):
            source, given = decided
            return TaskGrade(task, rounded(given.score), source, task.points, given.reason)
        if (score := scores.get(task.id)) is None:
            return TaskGrade(task, None, "nobody")
        possible = rounded(score.possible)
        if score.judged and not score.withheld:
            return TaskGrade(task, rounded(score.earned), "checks", possible)
        return TaskGrade(task, None, "nobody", possible)

    def of_assignment(assignment: Assignment) -> AssignmentGrade:
        tasks = tuple(map(of_task, assignment.tasks))
        most = course.max_bonus_of(assignment)
        earned = counted(tasks, most)
        due = adjustments.due(who, assignment)
        of_platform = by_platform if assignment.graded_by_checks else None
        when = adjustments.time(who, assignment) or of_platform
        if when and course.timezone:
            when = when.astimezone(assignment.due.tzinfo)
        late = lateness(assignment, course, when, earned, due, result.said_late)
        return AssignmentGrade(assignment, tasks, late, when, most)

    return StudentGrade(student, tuple(map(of_assignment, course.assignments)))


def possible_in(grades: Iterable[StudentGrade]) -> dict[str, float]:
    """The points of each task in the run: of the tasks that are graded for anybody.

    Those of bonus tasks are no part of a sum of what is possible.
    """
    points: dict[str, float] = {}
    for grade in grades:
        for name, one in grade.tasks.items():
            if one.earned is not None:
                points[name] = max(points.get(name, 0.0), one.possible)
    return points


def sum_of_possible(possible: Mapping[str, float], tasks: Iterable[Task]) -> float:
    """The points of some tasks that are possible in a run (see `possible_in`), without a bonus."""
    return total(possible.get(task.id, 0.0) for task in tasks if not task.bonus)

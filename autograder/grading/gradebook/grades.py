"""What counts: for each student of a submission, and for all of them alike."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

from autograder.config import Assignment, Course, Task
from autograder.grading.intake import Student
from autograder.grading.judging.result import Scope, SubmissionResult
from autograder.grading.judging.scoring import total
from checkkit.report.figures import Picture
from checkkit.runner.outcomes import Outcome
from checkkit.text import one_line

from .adjustments import Adjustments, known_as
from .lateness import NOT_LATE, Late, lateness

NO_ADJUSTMENTS = Adjustments()
BY_PEOPLE = ("manual", "override")
Source = Literal["checks", "manual", "override", "nobody"]


@dataclass(frozen=True)
class TaskGrade:
    """One task. `earned` is None where nobody has judged it, or where its points wait for a person.

    `reason` is what a person gave with a score of theirs.
    """

    task: Task
    earned: float | None
    source: Source
    reason: str = ""


@dataclass(frozen=True)
class AssignmentGrade:
    """One assignment of one student."""

    assignment: Assignment
    lines: tuple[TaskGrade, ...]
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
class StudentGrade:
    """Everything that counts for one student, or for a submission of which nobody knows whose."""

    student: Student | None
    assignments: tuple[AssignmentGrade, ...]


@dataclass(frozen=True)
class SubmissionGrades:
    """The grade of each student, of nobody where nobody is known, and what they share.

    Where they `differ`, as when one of two has more time, what they share leaves out what is
    anybody's own: pages that all of them read show that. The rest is what the pages over all need
    of the submission: `flags` is what staff should know, the most urgent first; `pending` are the
    tasks whose points wait for a person, `incomplete` those of which a check did not run;
    `mistakes` the pairs of a task and a diagnosis; `spent` the seconds of each task.
    """

    each: tuple[StudentGrade, ...]
    shared: StudentGrade
    differ: bool
    name: str
    scope: Scope
    problem: str
    flags: tuple[str, ...]
    pending: frozenset[str]
    incomplete: frozenset[str]
    outcomes: tuple[tuple[Outcome, int], ...]
    mistakes: tuple[tuple[str, str], ...]
    spent: dict[str, float] = field(repr=False)
    seconds: float
    started: str
    submitted_at: str
    fresh: bool
    of_record: bool
    thumbnail: Picture | None = None

    @cached_property
    def lines(self) -> dict[str, TaskGrade]:
        """What they share of each task."""
        return _lines(self.shared)

    @property
    def ruled(self) -> frozenset[str]:
        """The tasks of which a person has decided the points."""
        return _ruled(self.shared)

    @property
    def total(self) -> float:
        """What they share, over all assignments."""
        return total(assignment.total for assignment in self.shared.assignments)

    @cached_property
    def urgent(self) -> bool:
        """A person has to look before this grade can count."""
        return bool(self.problem or self.pending)


def grades_of(graded: SubmissionResult, adjustments: Adjustments | None = None) -> SubmissionGrades:
    """What counts for a graded submission, with what people have said about it."""
    course, said = graded.scope.course, adjustments or NO_ADJUSTMENTS
    each = tuple(student_grade(graded, one, course, said) for one in graded.students or (None,))
    differ = any(one.assignments != each[0].assignments for one in each)
    shared = student_grade(graded, None, course, said) if differ else each[0]
    scores = list(graded.scores())
    results = [result for score in scores for result in score.results]
    return SubmissionGrades(
        each,
        shared,
        differ,
        graded.name,
        graded.scope,
        one_line(graded.problem, 500),
        tuple(_flags(graded, shared, differ)),
        frozenset(score.task.id for score in scores if score.withheld) - _ruled(shared),
        frozenset(task.id for task in graded.not_run),
        tuple(Counter(_worth_counting(graded)).most_common()),
        tuple(dict.fromkeys((r.task, one_line(r.mistake)) for r in results if r.mistake)),
        {score.task.id: sum(r.seconds for r in score.results) for score in scores},
        graded.seconds,
        graded.started,
        graded.submitted_at,
        graded.fresh,
        graded.of_record,
    )


def student_grade(
    graded: SubmissionResult,
    student: Student | None,
    course: Course,
    adjustments: Adjustments = NO_ADJUSTMENTS,
) -> StudentGrade:
    """What one of the students of a graded submission has; None where nobody knows whose it is.

    What a person said of a task counts before what the checks say, and an override before both. A
    submission with students is theirs one by one: for None it then has what nobody has by himself.
    """
    who = () if student is None and graded.students else known_as(student, graded.name)
    scores = {} if graded.problem else {score.task.id: score for score in graded.scores()}
    submitted_at = datetime.fromisoformat(graded.submitted_at) if graded.submitted_at else None

    def of_task(task: Task) -> TaskGrade:
        if said := adjustments.score(who, task):
            source, given = said
            return TaskGrade(task, given.score, source, given.reason)
        score = scores.get(task.id)
        if score and score.judged and not score.withheld:
            return TaskGrade(task, score.earned, "checks")
        return TaskGrade(task, None, "nobody")

    def of_assignment(assignment: Assignment) -> AssignmentGrade:
        lines = tuple(map(of_task, assignment.tasks))
        earned = total(one.earned or 0.0 for one in lines)
        due = adjustments.due(who, assignment)
        late = lateness(assignment, course, submitted_at, earned, due)
        return AssignmentGrade(assignment, lines, late)

    return StudentGrade(student, tuple(map(of_assignment, course.assignments)))


def possible(assignment: AssignmentGrade, graded: SubmissionResult) -> float:
    """The points that there are to earn so far: of checks in scope, and of what a person judged."""
    return total(
        line.task.points
        for line in assignment.lines
        if line.task.id in graded.scope.tasks or line.source in BY_PEOPLE
    )


def _lines(grade: StudentGrade) -> dict[str, TaskGrade]:
    return {line.task.id: line for one in grade.assignments for line in one.lines}


def _ruled(grade: StudentGrade) -> frozenset[str]:
    return frozenset(name for name, line in _lines(grade).items() if line.source in BY_PEOPLE)


def _worth_counting(graded: SubmissionResult) -> Iterator[Outcome]:
    """How checks ended, without those that did not run and are worth nothing."""
    for result in graded.results.values():
        if result.outcome is not Outcome.NOT_RUN or graded.scope.shares[result.check]:
            yield result.outcome


def _flags(graded: SubmissionResult, shared: StudentGrade, differ: bool) -> Iterator[str]:
    """The most urgent first; what nobody is accused of comes last."""
    yield from (one_line(flag, 500) for flag in graded.flags(_ruled(shared)))
    if differ:
        yield "what counts differs between its students"
    overridden = [name for name, line in _lines(shared).items() if line.source == "override"]
    if overridden:
        yield one_line(f"overridden: {' '.join(overridden)}", 500)
    yield from (f"source: {one_line(line)}" for line in graded.suspicions)

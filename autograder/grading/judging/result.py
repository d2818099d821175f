"""One graded submission: what every report reads, and nothing that points back into the judge."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.config import Course, Task
from autograder.grading.intake.source import Student
from autograder.grading.intake.submission import PACKAGE
from checkkit.runner.outcomes import Outcome
from checkkit.runner.results import CheckResult

from .checks import CheckInfo
from .scoring import TaskScore, share_of, total

NOTHING_TAKEN = "no file of the assignment was found"
NO_TIME = "not run: "  # how the message of a check begins for which no time was left


@dataclass(frozen=True)
class Scope:
    """What a run grades: some or all tasks of the course, and their checks."""

    course: Course
    checks: tuple[CheckInfo, ...]
    tasks: tuple[str, ...]  # in the order of grading.yaml

    @property
    def whole(self) -> bool:
        """Every task that checks can grade is in it."""
        return set(self.tasks) == set(self.course.auto_tasks)

    @cached_property
    def checks_of(self) -> dict[str, tuple[CheckInfo, ...]]:
        """The checks of each task, in the order in which they were collected."""
        return {
            name: tuple(check for check in self.checks if check.task == name) for name in self.tasks
        }

    @cached_property
    def shares(self) -> dict[str, float]:
        """What each check is worth, by its name."""
        tasks = self.course.auto_tasks
        return {
            check.name: share_of(check, tasks[name], checks)
            for name, checks in self.checks_of.items()
            for check in checks
        }


@dataclass
class SubmissionResult:
    """One submission and what became of it.

    `results` grows while the submission is judged. A check in it that did not run is left out by
    the run, and so are its points, unless judging was `stopped`. `problem` says why it could not be
    judged at all; `out_of_time` says why its last checks did not run, and `used` is how many
    seconds its checks took in all tries. `seeds` are those of each attempt; `outputs` is the end of
    what the submission printed. `students` are those who handed it in together, `submitted_at` is
    when (ISO 8601), if that is known; else `said_late` is what the platform says and `time_hint`
    when it may be. `suspicions` are what a reader of its source should look at, one line each: they
    cost nothing. `notices` are what staff should know of its platform, `doubts` name work that may
    be lost. `remarks` say which of several files counted, and why others could not be read.
    `content` is the digest of its files, for the seeds while it is judged. `retried` names checks
    that had timed out and run once more, with nothing beside them. `fresh`: graded in this run;
    else taken from an earlier one. `in_cells` says in a message which line of a notebook's cell a
    line of a module is.
    """

    name: str
    path: Path
    scope: Scope
    isolation: str
    of_record: bool
    content: str = ""
    seeds: list[str] = field(default_factory=list)
    results: dict[str, CheckResult] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    from_starter: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    problem: str = ""
    out_of_time: str = ""
    stopped: bool = False
    used: float = 0.0
    finished: bool = False
    seconds: float = 0.0
    started: str = ""
    students: tuple[Student, ...] = ()
    submitted_at: str = ""
    said_late: bool | None = None
    time_hint: str = ""
    suspicions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    retried: tuple[str, ...] = ()
    fresh: bool = True
    in_cells: Callable[[str], str] = field(default=lambda message: message, repr=False)

    def score_of(self, name: str) -> TaskScore:
        """The score of one task as far as it has been judged."""
        task = self.scope.course.auto_tasks[name]
        checks = tuple(c for c in self.scope.checks_of[name] if not self.leaves_out(c.name))
        bases = tuple(self.score_of(one) for one in task.rests_on if one in self.scope.tasks)
        return TaskScore(task, checks, self.scope.shares, self.results, bases)

    def leaves_out(self, check: str) -> bool:
        """Whether the run leaves out a check: it trains, or it needs a GPU."""
        result = self.results.get(check)
        return bool(result and result.outcome is Outcome.NOT_RUN and not self.stopped)

    def scores(self) -> Iterator[TaskScore]:
        """The scores of the tasks in scope, in the order of grading.yaml.

        A task of which the run leaves out all checks has none.
        """
        for name in self.scope.tasks:
            score = self.score_of(name)
            if score.checks or not self.scope.checks_of[name]:
                yield score

    @property
    def total(self) -> float:
        """Points earned; withheld ones are not in it."""
        return total(score.earned for score in self.scores())

    @property
    def possible(self) -> float:
        """Points of the checks in scope that the run does not leave out."""
        return total(score.possible for score in self.scores())

    @property
    def not_run(self) -> list[Task]:
        """The tasks that are worth something and of which a check did not run."""
        missing = {r.task for r in self.results.values() if r.outcome is Outcome.NOT_RUN}
        tasks = map(self.scope.course.auto_tasks.__getitem__, self.scope.tasks)
        return [task for task in tasks if task.points and task.id in missing]

    @property
    def without_time(self) -> list[Task]:
        """The tasks of which a check did not run because the submission had used its time."""
        words = f"{NO_TIME}{self.out_of_time}"
        cut = {
            one.task
            for one in self.results.values()
            if one.outcome is Outcome.TIMED_OUT and one.message == words
        }
        return [self.scope.course.auto_tasks[name] for name in self.scope.tasks if name in cut]

    def counts(self) -> dict[Outcome, int]:
        """How many checks ended in each way; those that the run leaves out are not counted."""
        counted = (r for r in self.results.values() if not self.leaves_out(r.check))
        count = Counter(result.outcome for result in counted)
        return {outcome: count[outcome] for outcome in Outcome if outcome in count}

    def flags(self, ruled: Collection[str] = ()) -> list[str]:
        """What a person should know before the points count, the most urgent first.

        On the tasks in `ruled` a person has decided already.
        """
        flags = [f"could not be graded: {self.problem}"] if self.problem else []
        flags += [f"not all checks ran: {self.out_of_time}"] if self.out_of_time else []
        flags += [NOTHING_TAKEN] if self.nothing_taken else []
        undecided = [score for score in self.scores() if score.task.id not in ruled]
        broken = [s.task.id for s in undecided if s.broken and self.finished]
        flags += [f"grader error: {' '.join(broken)}"] if broken else []
        review = [s.task.id for s in undecided if Outcome.REVIEW in s.outcomes]
        flags += [f"review: {' '.join(review)}"] if review else []
        if not self.finished and not self.problem:
            flags.append("unfinished")
        if not self.of_record:
            flags.append("not of record")
        not_run = [task.id for task in self.not_run]
        flags += [f"not run: {' '.join(not_run)}"] if not_run else []
        if not self.scope.whole:
            flags.append("only some tasks")
        if (size := self.scope.course.team_size) and len(self.students) > size:
            flags.append(f"handed in by {len(self.students)}; a team has {size} at most")
        return [*flags, *self.notices, *self.doubts]

    @property
    def urgent(self) -> bool:
        """A person has to look before this grade can count."""
        return (
            bool(self.problem or self.doubts)
            or self.nothing_taken
            or any(score.withheld for score in self.scores())
        )

    @property
    def nothing_taken(self) -> bool:
        """Every module in which students write is the starter's."""
        written = {f"{PACKAGE}/{task.file}" for task in self.scope.course.tasks if task.stubs}
        return bool(written) and written <= {*self.from_starter}

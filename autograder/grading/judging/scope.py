"""What a run grades: from the words of the command line to tasks and their checks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from autograder.config import Course
from autograder.config.reading import did_you_mean
from checkkit.runner.names import in_course_words
from checkkit.runner.session import is_named

from .checks import CheckInfo, collect_checks
from .consistency import inconsistencies
from .result import Scope, SubmissionResult


@dataclass(frozen=True)
class Setup:
    """What a run judges and how; `inconsistencies` of tasks and checks are to be shown."""

    scope: Scope
    isolation: str
    of_record: bool
    inconsistencies: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; the reader knows the course and its tasks."""
        return {**vars(self), "scope": [asdict(check) for check in self.scope.checks]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], course: Course, tasks: Sequence[str]) -> Self:
        checks = tuple(CheckInfo(**check) for check in values["scope"])
        scope = Scope(course, checks, tuple(tasks))
        return cls(
            **{**values, "scope": scope, "inconsistencies": tuple(values["inconsistencies"])}
        )

    def begin(self, name: str, path: Path) -> SubmissionResult:
        """A submission of which nothing has been judged yet."""
        return SubmissionResult(
            name,
            path,
            self.scope,
            self.isolation,
            self.of_record,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def chosen_tasks(course: Course, only: Sequence[str]) -> tuple[str, ...]:
    """The tasks to grade, in the order of grading.yaml.

    Raises:
        ValueError: a name is no task that checks grade.
    """
    known = tuple(course.auto_tasks)
    for name in only:
        if name not in known:
            if any(task.id == name for task in course.tasks):
                raise ValueError(f"--only {name}: a person grades this task; no check can")
            raise ValueError(f"--only {name}: there is no such task; {did_you_mean(name, known)}")
    return tuple(name for name in known if not only or name in only)


def scope_of(course: Course, tasks: Sequence[str]) -> tuple[Scope, list[str]]:
    """The tasks with their checks, and the inconsistencies between the two."""
    collected = collect_checks()
    left_out = {name: course.auto_tasks[name].without for name in tasks}
    checks = tuple(
        replace(
            check,
            sentence=in_course_words(check.sentence, course.names),
            hint=in_course_words(check.hint, course.names),
        )
        for check in collected.checks
        if check.task in tasks and not is_named(check.name, left_out[check.task])
    )
    return Scope(course, checks, tuple(tasks)), list(inconsistencies(course, collected))

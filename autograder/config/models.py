"""The content of `grading.yaml`: a course has assignments, these have parts, these have tasks."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from math import fsum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    model_validator,
)

from checkkit.course import Ownership
from checkkit.points import rounded

Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]


def _one_line(text: str) -> str:
    if not text.strip() or "\n" in text:
        raise ValueError("write one line of text")
    return text.strip()


def _with_time(value: Any) -> Any:
    """Refuse what pydantic would read as midnight, or as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and ":" in value):
        return value
    raise ValueError("is no date with a time; write it like 2026-12-11T23:59")


def _two_decimals(points: float) -> float:
    if points != rounded(points):
        raise ValueError("points have two decimals at most")
    return points


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # also of a folder, of a path, of no name
        raise ValueError("there is no such time zone; write it like Europe/Berlin") from None
    return name


Line = Annotated[StrictStr, AfterValidator(_one_line)]
Name = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Identifier = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Dotted = Annotated[StrictStr, Field(pattern=r"^[a-z_]+\.[A-Za-z_][A-Za-z0-9_]*$")]
Slug = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Points = Annotated[
    float,
    Field(ge=0, le=10_000, allow_inf_nan=False, strict=True),
    AfterValidator(_two_decimals),
]

Moment = Annotated[datetime, BeforeValidator(_with_time)]
Zone = Annotated[StrictStr, AfterValidator(_zone)]
Minutes = Annotated[float, Field(gt=0, le=1440, allow_inf_nan=False, strict=True)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, strict=True)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LatePolicy(_Entry):
    """What a late submission costs: percent of the points that it earned, for each day begun.

    Every day ends `grace_minutes` late; the penalty is at most `max_percent`.
    """

    percent_per_day: Percent
    max_percent: Percent = 100
    grace_minutes: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False, strict=True)] = 0


class Gradescope(_Entry):
    """Grading on Gradescope: the time-out of the assignment's settings there, and the tasks that
    are graded elsewhere, so that the rest fits into it.
    """

    minutes: Annotated[float, Field(ge=2, le=40, allow_inf_nan=False, strict=True)] = 10
    leave_out: tuple[Name, ...] = ()


class Task(_Entry):
    """One line of the gradebook.

    `stubs` are the top-level names in `file` that students fill: the starter's stubs name this
    task. `weights` maps the names of its checks to their weight (1 where unnamed). `second_try` is
    for checks that a right submission fails by chance now and then: they are judged again, on
    another seed, when all other visible checks (of a hidden task: hidden ones) pass, and go to a
    person when that fails too although everything else is right. `without` are checks of the task
    that this course leaves out, by name, with or without parameters.

    The task gives no points while no main check passes of a task that it `rests_on`.

    `minutes` is about how long a student takes for the task, for the line that says what is next.
    The points of a `bonus` task are beyond those of its assignment.

    `note` tells students what this course wants of a task that checks grade, where that is not what
    the handout says. Of a task that people grade, students read `question`, staff read `marking`,
    and `figures` are the ids of the notebook's figures that belong to it.
    """

    id: Name
    title: Line
    points: Points
    kind: Literal["auto", "manual"] = "auto"
    visibility: Visibility = "visible"
    file: Line | None = None
    stubs: tuple[Identifier, ...] = ()
    needs: tuple[Name, ...] = ()
    time_limit: Annotated[float, Field(gt=0, le=7200, strict=True)] = 20
    weights: dict[Identifier, Annotated[float, Field(gt=0, le=1000, strict=True)]] = {}
    second_try: StrictBool = False
    rests_on: tuple[Name, ...] = ()
    without: tuple[Line, ...] = ()
    minutes: Minutes | None = None
    note: Line | None = None
    question: Annotated[StrictStr, Field(min_length=1)] | None = None
    figures: tuple[Slug, ...] = ()
    marking: Annotated[StrictStr, Field(min_length=1)] | None = None
    bonus: StrictBool = False

    @property
    def regular(self) -> float:
        """Its points in the total of its assignment: none if they are a bonus."""
        return 0.0 if self.bonus else self.points

    @property
    def hidden(self) -> bool:
        """Students see nothing of it before grades are published."""
        return self.visibility != "visible"


def _hand_down(values: Any, entries: str) -> Any:
    """What an entry says of `bonus` holds for those in it that say nothing."""
    if not isinstance(values, dict) or not isinstance(values.get(entries), list):
        return values
    if isinstance(values.get("bonus"), bool):
        said = {"bonus": values["bonus"]}
        inside = [said | one if isinstance(one, dict) else one for one in values[entries]]
        return values | {entries: inside}
    return values


class Part(_Entry):
    """Tasks under one heading; `bonus` is that of all tasks that do not say otherwise."""

    id: Name
    title: Line
    bonus: StrictBool = False
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _of_all_tasks(cls, values: Any) -> Any:
        return _hand_down(values, "tasks")


class Assignment(_Entry):
    """Work that is handed in by one date; `points` repeats the sum over its tasks, on purpose.

    Bonus tasks are not in this sum. Their points count too, `max_bonus` of them at most; None sets
    no limit. An assignment of `bonus` tasks alone has 0 points.
    `late` takes the place of the course's policy. Where `team_size` is given, staff are told of
    submissions by more students.
    """

    id: Name
    title: Line
    points: Points
    bonus: StrictBool = False
    max_bonus: Points | None = None
    due: Moment
    late: LatePolicy | None = None
    team_size: Annotated[int, Field(ge=1, le=50, strict=True)] | None = None
    parts: Annotated[tuple[Part, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _of_all_parts(cls, values: Any) -> Any:
        return _hand_down(values, "parts")

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(task for part in self.parts for task in part.tasks)

    @property
    def bonus_points(self) -> float:
        """The points of its bonus tasks."""
        return round(fsum(task.points for task in self.tasks if task.bonus), 6)

    @property
    def graded_by_checks(self) -> bool:
        """At least in part; else a submission of code does not say when it was handed in."""
        return any(task.kind == "auto" for task in self.tasks)


class Course(_Entry):
    """All assignments of the course, and what holds for those that say nothing else.

    `timezone` is the place whose clocks count, by its IANA name; without one, each date has its own
    offset. `max_bonus` holds for assignments that have none of their own. `profile` is the file in
    profiles that chose among the tasks; `optional` are tasks that were not chosen. `names` maps a
    name of the contract with its module ("unet.TimeConditionalUNet") to what this course calls it
    there. `hands_in` says which counts where a submission holds both modules and a notebook.
    `canvas_ids` says which ids of other platforms are which of Canvas: Gradescope's student number
    (sid), emails, nbgrader's folders; canvas.csv has no others. `submission_minutes` is how long
    the checks of one submission may take. `assistants` says what AI assistants read in the
    students' folder: that they explain and do not solve, that they refuse, or nothing.
    """

    title: Line = "Diffusion models from scratch on MNIST"
    timezone: Zone | None = None
    profile: Name | None = None
    names: dict[Dotted, Identifier] = {}
    hands_in: Literal["py", "notebook"] = "py"
    canvas_ids: dict[Literal["sid", "email", "nbgrader"], Literal["sis", "login"]] = {"sid": "sis"}
    late: LatePolicy | None = None
    max_bonus: Points | None = None
    gradescope: Gradescope = Gradescope()
    submission_minutes: Minutes = 15
    assistants: Literal["explain", "refuse", "free"] = "explain"
    assignments: Annotated[tuple[Assignment, ...], Field(min_length=1)]
    optional: tuple[Task, ...] = ()

    @property
    def team_size(self) -> int | None:
        """How many may hand in code together; None where nobody says."""
        sizes = [a.team_size for a in self.assignments if a.graded_by_checks and a.team_size]
        return min(sizes, default=None)

    def late_policy(self, assignment: Assignment) -> LatePolicy | None:
        """The policy of an assignment; None where lateness costs nothing."""
        return assignment.late or self.late if assignment.graded_by_checks else None

    def max_bonus_of(self, assignment: Assignment) -> float | None:
        """How many bonus points of an assignment count; None if all do."""
        return self.max_bonus if assignment.max_bonus is None else assignment.max_bonus

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(task for assignment in self.assignments for task in assignment.tasks)

    @cached_property
    def auto_tasks(self) -> dict[str, Task]:
        """The tasks that checks grade, by id, in the order of the file."""
        return {task.id: task for task in self.tasks if task.kind == "auto"}

    @cached_property
    def known_tasks(self) -> dict[str, Task]:
        """Every task that has checks, by id, whether this course chose it or not."""
        optional = {task.id: task for task in self.optional if task.kind == "auto"}
        return {**optional, **self.auto_tasks}

    @cached_property
    def with_all_tasks(self) -> "Course":
        """The same with an assignment more, of all tasks that have checks and were not chosen."""
        tasks = tuple(task for task in self.optional if task.kind == "auto")
        if not tasks:
            return self
        first = self.assignments[0]
        part = Part(id="optional", title="Of other courses", tasks=tasks)
        points = fsum(task.regular for task in tasks)
        more = Assignment(
            id="optional", title=part.title, points=points, due=first.due, parts=(part,)
        )
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        return Course(**fields | {"assignments": (*self.assignments, more), "optional": ()})

    @cached_property
    def enabled_tasks(self) -> dict[str, tuple[str, ...]]:
        """The ids of the tasks that checks grade, each with the checks that are left out."""
        return {task.id: task.without for task in self.auto_tasks.values()}

    @cached_property
    def ownership(self) -> Ownership:
        """Which of the tasks that checks grade asks for which names and needs which others."""
        return Ownership.of(
            (task.id, task.file or "", task.stubs, task.needs) for task in self.auto_tasks.values()
        )

    def entries(self) -> Iterator[tuple[tuple[str | int, ...], Assignment | Part | Task]]:
        """Every assignment, part and task with its place in the file."""
        for a, assignment in enumerate(self.assignments):
            yield ("assignments", a), assignment
            for p, part in enumerate(assignment.parts):
                yield ("assignments", a, "parts", p), part
                for t, task in enumerate(part.tasks):
                    yield ("assignments", a, "parts", p, "tasks", t), task

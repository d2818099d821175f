"""Rules that hold between the entries of `grading.yaml`; models check each entry by itself."""

import re
from collections.abc import Iterator
from math import fsum, isclose

from .models import Assignment, Course, Task

Place = tuple[str | int, ...]
MARK = re.compile(r"^\s*(\d+(?:\.\d+)?)\s")


def broken_rules(course: Course) -> Iterator[tuple[Place, str]]:
    """The broken rules: the place and the remedy of each."""
    yield from _doubled(course)
    yield from _late((), course)
    for place, entry in course.entries():
        if isinstance(entry, Assignment):
            yield from _sums(place, entry)
            yield from _bonus(place, entry)
            yield from _late(place, entry)
        if isinstance(entry, Task):
            yield from _manual(place, entry) if entry.kind == "manual" else _auto(place, entry)
            yield from _needs(place, entry, course)
    yield from _stubs(course)
    yield from _names(course)
    for i, name in enumerate(course.gradescope.leave_out):
        if name not in course.known_tasks:
            yield ("gradescope", "leave_out", i), f"{name} is no auto task; name one, or remove it"


def broken_options(course: Course) -> Iterator[tuple[Place, str]]:
    """The broken rules of tasks that only profiles choose."""
    for i, task in enumerate(course.optional):
        place = ("optional", i)
        if task.id in {other.id for other in (*course.tasks, *course.optional[:i])}:
            yield (*place, "id"), f"{task.id} is taken by an earlier entry; choose another"
        yield from _manual(place, task) if task.kind == "manual" else _auto(place, task)
        for n, need in enumerate(task.needs):
            if need not in course.known_tasks:
                yield (*place, "needs", n), f"{need} is no auto task; name one, or remove it"


def _doubled(course: Course) -> Iterator[tuple[Place, str]]:
    """Ids name columns, folders and headings, so no two entries of a kind share one."""
    first: set[tuple[type, str]] = set()
    for place, entry in course.entries():
        key = (type(entry), entry.id)
        if key in first:
            yield (*place, "id"), f"{entry.id} is taken by an earlier entry; choose another"
        first.add(key)


def _sums(place: Place, assignment: Assignment) -> Iterator[tuple[Place, str]]:
    total = fsum(task.regular for task in assignment.tasks)
    if not isclose(total, assignment.points, abs_tol=1e-9):
        rest = " without its bonus tasks" if any(task.bonus for task in assignment.tasks) else ""
        yield (
            (*place, "points"),
            f"its tasks add up to {total:g}{rest}, and it says {assignment.points:g}; "
            "change one of them",
        )


def _bonus(place: Place, assignment: Assignment) -> Iterator[tuple[Place, str]]:
    """A limit of bonus points that limits nothing is a mistake."""
    most, points = assignment.max_bonus, assignment.bonus_points
    if most is None:
        return
    if not any(task.bonus for task in assignment.tasks):
        advice = "no task of it is a bonus; mark one by bonus: true, or remove this"
        yield (*place, "max_bonus"), advice
    elif most > points:
        advice = f"its bonus tasks add up to {points:g} only; lower this, or remove it"
        yield (*place, "max_bonus"), advice


def _late(place: Place, entry: Course | Assignment) -> Iterator[tuple[Place, str]]:
    policy = entry.late
    if policy and policy.max_percent < policy.percent_per_day:
        yield (
            (*place, "late", "max_percent"),
            f"a day takes {policy.percent_per_day:g} percent, all days {policy.max_percent:g}; "
            "raise this, or lower percent_per_day",
        )
    if policy and isinstance(entry, Assignment) and not entry.graded_by_checks:
        words = "people alone grade this, so lateness costs nothing; remove it"
        yield (*place, "late"), words


def _manual(place: Place, task: Task) -> Iterator[tuple[Place, str]]:
    marking = task.marking or ""
    if not marking.strip():
        yield (*place, "marking"), "a manual task says how it is marked; add a marking scheme"
        return
    of_checks = (
        "stubs",
        "weights",
        "needs",
        "second_try",
        "rests_on",
        "time_limit",
        "without",
        "minutes",
        "note",
    )
    for name in of_checks:
        if name in task.model_fields_set:
            yield (*place, name), f"a person grades this task, so {name} means nothing; remove it"
    marks = [MARK.match(line) for line in marking.splitlines() if line.strip()]
    if all(marks):
        total = fsum(float(mark[1]) for mark in marks if mark)
        if not isclose(total, task.points, abs_tol=1e-9):
            yield (
                (*place, "marking"),
                f"its lines add up to {total:g}, and the task has {task.points:g}; change one",
            )


def _auto(place: Place, task: Task) -> Iterator[tuple[Place, str]]:
    for name in ("marking", "question", "figures"):
        if name in task.model_fields_set:
            advice = f"so {name} means nothing; say kind: manual, or remove it"
            yield (*place, name), f"checks grade this task, {advice}"


def _needs(place: Place, task: Task, course: Course) -> Iterator[tuple[Place, str]]:
    for i, need in enumerate(task.needs):
        advice = ""
        if need not in course.known_tasks:
            advice = f"{need} is no auto task; name one, or remove it"
        elif need not in course.auto_tasks:
            advice = f"{task.id} needs {need}, which is not chosen; add it (points: 0 will do), or "
            advice += "write other needs; what its code imports is then given"
        elif task.id in _all_needs(course, need):
            advice = f"{need} needs {task.id} in turn; break the circle"
        if advice:
            yield (*place, "needs", i), advice
    for i, base in enumerate(task.rests_on):
        if base not in task.needs:
            yield (*place, "rests_on", i), f"{task.id} does not need {base}; add it to needs, too"


def _all_needs(course: Course, start: str) -> set[str]:
    """The task itself and everything that it builds on."""
    found, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in found and name in course.auto_tasks:
            found.add(name)
            waiting += course.auto_tasks[name].needs
    return found


def _stubs(course: Course) -> Iterator[tuple[Place, str]]:
    """A stub belongs to one file and one task."""
    owner: dict[tuple[str, str], str] = {}
    for place, task in course.entries():
        if not isinstance(task, Task):
            continue
        if not task.file:
            if task.stubs:
                yield (*place, "stubs"), "stubs lie in a file; add file"
            continue
        for i, stub in enumerate(task.stubs):
            other = owner.setdefault((task.file, stub), task.id)
            if other != task.id or stub in task.stubs[:i]:
                yield (*place, "stubs", i), f"{stub} belongs to {other} already; remove one"


def _names(course: Course) -> Iterator[tuple[Place, str]]:
    """What a course calls by another name is a stub of it, and no two things share a name."""
    stubs = {
        f"{(task.file or '').removesuffix('.py')}.{stub}"
        for task in course.auto_tasks.values()
        for stub in task.stubs
    }
    taken: dict[str, str] = {stub.partition(".")[2]: stub for stub in sorted(stubs)}
    for name, theirs in course.names.items():
        place = ("names", name)
        if name not in stubs:
            yield (
                place,
                f"{name} is no stub of a task of this course, like {min(stubs, default='')}",
            )
        if taken.get(theirs, name) != name:
            yield place, f"{theirs} is the name of {taken[theirs]} already; choose another"
        taken[theirs] = name

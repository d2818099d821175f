"""The course's parts, tasks and names, as instructors chose them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self

FILE = Path(__file__).parent / "report" / "parts.json"  # generated from the course's grading.yaml


@dataclass(frozen=True)
class Manifest:
    """`parts` have a title and tasks each; for `names` see `checkkit.runner.names`."""

    title: str
    names: Mapping[str, str]
    parts: tuple[Mapping[str, Any], ...]

    @cached_property
    def tasks(self) -> dict[str, Mapping[str, Any]]:
        """Every task of the course, by id."""
        return {task["id"]: task for part in self.parts for task in part["tasks"]}

    @cached_property
    def ownership(self) -> "Ownership":
        """Who asks for what; see there."""
        return Ownership.of(
            (task["id"], task["file"], task.get("stubs", ()), task.get("needs", ()))
            for task in self.tasks.values()
        )

    @cached_property
    def enabled_tasks(self) -> dict[str, tuple[str, ...]]:
        """Every task of the course, with the checks of it that the course leaves out."""
        return {name: tuple(task.get("without", ())) for name, task in self.tasks.items()}


@dataclass(frozen=True)
class Ownership:
    """Which task asks for which names, and which tasks a task needs.

    `stubs` has the names of each module, each with its task. `needs` has every task, in the order
    of the course.
    """

    stubs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    needs: Mapping[str, Iterable[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, tasks: Iterable[tuple[str, str, Iterable[str], Iterable[str]]]) -> Self:
        """From the id, file, stubs and needs of each task."""
        stubs: dict[str, dict[str, str]] = {}
        needs: dict[str, Iterable[str]] = {}
        for task, file, names, needed in tasks:
            stubs.setdefault(file.removesuffix(".py"), {}).update(dict.fromkeys(names, task))
            needs[task] = needed
        return cls(stubs, needs)

    @cached_property
    def owner(self) -> dict[str, str]:
        """Name -> the task that asks for it."""
        return {name: task for names in self.stubs.values() for name, task in names.items()}

    @cached_property
    def order(self) -> dict[str, int]:
        """Task -> its place in the course."""
        return {task: place for place, task in enumerate(self.needs)}

    def needed(self, task: str) -> set[str]:
        """The tasks that a task needs, and those that they need in turn."""
        found, waiting = set(), [*self.needs.get(task, ())]
        while waiting:
            if (name := waiting.pop()) not in found:
                found.add(name)
                waiting += self.needs.get(name, ())
        return found


@cache
def manifest() -> Manifest:
    """The content of the file."""
    return Manifest(**json.loads(FILE.read_text(encoding="utf-8")))

"""The course's parts, tasks and names, as instructors chose them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "report" / "parts.json"  # generated from the course's grading.yaml


@dataclass(frozen=True)
class Manifest:
    """`parts` have a title and tasks each; for `names` see `checkkit.runner.names`."""

    title: str
    names: Mapping[str, str]
    parts: tuple[Mapping[str, Any], ...]

    @cached_property
    def enabled_tasks(self) -> dict[str, tuple[str, ...]]:
        """Every task of the course, with the checks of it that the course leaves out."""
        tasks = [task for part in self.parts for task in part["tasks"]]
        return {task["id"]: tuple(task.get("without", ())) for task in tasks}


@cache
def manifest() -> Manifest:
    """The content of the file."""
    return Manifest(**json.loads(FILE.read_text(encoding="utf-8")))

"""What the course asks of students: its parts, tasks and names, as its staff chose them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "report" / "parts.json"  # generated from the course's grading.yaml


@dataclass(frozen=True)
class Manifest:
    """`parts` have a title and tasks each; `names` is as in `checkkit.runner.names`."""

    title: str
    names: Mapping[str, str]
    parts: tuple[Mapping[str, Any], ...]

    @cached_property
    def excluded_checks(self) -> dict[str, tuple[str, ...]]:
        """Every task that is asked, and which of its checks the course leaves out."""
        return {
            task["id"]: tuple(task.get("without", ()))
            for part in self.parts
            for task in part["tasks"]
        }


@cache
def manifest() -> Manifest:
    """What stands in the file."""
    said = json.loads(FILE.read_text(encoding="utf-8"))
    return Manifest(said["title"], said["names"], tuple(said["parts"]))

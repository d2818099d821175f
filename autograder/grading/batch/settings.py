"""What a judging process is told, as JSON: once for the run, then for each submission."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from autograder.grading.intake import Submission
from autograder.grading.intake.source import HandedIn

NO_MORE = b"null\n"  # the line that ends the jobs


@dataclass(frozen=True)
class Settings:
    """How a run judges: `tasks` are all to be judged, `isolation` is as the command line has it.

    `profile` is that of the course, by its name.
    """

    seed: str
    tasks: tuple[str, ...]
    training: bool
    isolation: str
    profile: str | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        values = json.loads(text)
        return cls(**{**values, "tasks": tuple(values["tasks"])})


# Fields of a job that JSON takes as they are.
PLAIN = ("name", "path", "key", "ignored", "remarks", "of_cells", "earlier")


@dataclass(frozen=True)
class Job:
    """A submission to judge, and which of its checks again.

    `earlier` is the record of a first try; what is not among its results is judged.
    """

    name: str
    path: str
    key: str
    files: Mapping[str, bytes]
    ignored: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    of_cells: bool = False
    earlier: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """One line."""
        files = {name: base64.b64encode(data).decode() for name, data in self.files.items()}
        values = {name: getattr(self, name) for name in PLAIN}
        return json.dumps({**values, "files": files}).encode() + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        values = json.loads(line)
        files = {name: base64.b64decode(text) for name, text in values["files"].items()}
        names = {name: tuple(values[name]) for name in ("ignored", "remarks")}
        return cls(**{**values, **names, "files": files})

    def handed_in(self) -> HandedIn:
        """The submission as intake hands it out, its files already taken."""
        lists = list(self.ignored), list(self.remarks)
        taken = Submission(dict(self.files), *lists, of_cells=self.of_cells)
        return HandedIn(self.name, Path(self.path), partial(_same, taken))


def _same(taken: Submission) -> Submission:
    return taken

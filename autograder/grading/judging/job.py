"""A submission to judge, as it is handed to a judging process: one line of JSON."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from autograder.grading.intake import Submission


@dataclass(frozen=True)
class Job:
    """A submission with its files, and which of its checks are judged.

    `earlier` is the record of a first try; what is not among its results is judged. With
    `only_review` everything was judged, and its source is reviewed anew. `key` is what the journal
    knows it by.
    """

    name: str
    path: Path
    submission: Submission
    key: str = ""
    earlier: Mapping[str, Any] = field(default_factory=dict)
    only_review: bool = False

    def to_json(self) -> bytes:
        """One line."""
        taken = self.submission
        files = {name: base64.b64encode(data).decode() for name, data in taken.files.items()}
        plain = {"ignored": taken.ignored, "remarks": taken.remarks, "of_cells": taken.of_cells}
        about = {"name": self.name, "path": str(self.path), "key": self.key}
        which = {"earlier": self.earlier, "only_review": self.only_review}
        line = {**about, **which, "submission": {**plain, "files": files}}
        return json.dumps(line).encode() + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        values = json.loads(line)
        taken = values.pop("submission")
        files = {name: base64.b64decode(text) for name, text in taken.pop("files").items()}
        path = Path(values.pop("path"))
        return cls(**values, path=path, submission=Submission(files, **taken))

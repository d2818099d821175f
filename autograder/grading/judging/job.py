"""A submission to judge, as it is handed to a judging process: one line of JSON."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from autograder.grading.intake import Submission


@dataclass(frozen=True)
class Job:
    """A submission with its files, and which of its checks are judged.

    `hidden`: its hidden checks or its visible ones; if None, both, the visible ones first.
    `earlier` is the record so far; what is among its results is not judged again. With
    `only_review` nothing is judged, and its source is reviewed anew. `key` is what the journal
    knows it by.
    """

    name: str
    path: Path
    submission: Submission
    key: str = ""
    hidden: bool | None = None
    earlier: Mapping[str, Any] = field(default_factory=dict)
    only_review: bool = False

    def to_json(self) -> bytes:
        """One line."""
        return json.dumps(asdict(self), default=_plain).encode() + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        values = json.loads(line)
        submission = Submission(**values["submission"])
        submission.files = {
            name: base64.b64decode(text) for name, text in values["submission"]["files"].items()
        }
        return cls(**{**values, "path": Path(values["path"]), "submission": submission})


def _plain(value: bytes | Path) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)

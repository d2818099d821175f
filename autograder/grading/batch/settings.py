"""The options of a run that its judging processes need, as one line of JSON."""

import json
from dataclasses import asdict, dataclass
from typing import Self

NO_MORE = b"null\n"  # the line that ends the jobs


@dataclass(frozen=True)
class Settings:
    """How a run judges; `profile` is the name of the course's profile, `seconds`
    what one submission may take."""

    seed: str
    tasks: tuple[str, ...]
    training: bool
    isolation: str
    profile: str | None = None
    seconds: float = 900.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        values = json.loads(text)
        return cls(**{**values, "tasks": tuple(values["tasks"])})

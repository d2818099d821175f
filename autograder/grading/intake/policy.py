"""What a course decides about the reading of submissions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from autograder.config import Course
from autograder.course.starter import committed_starter, contract_in, started_from


@dataclass(frozen=True)
class IntakePolicy:
    """How submissions of a course are read.

    `hands_in` says which counts where a submission holds both modules and a notebook; `starter` are
    the modules that students start from, by path. `zone` is where the clocks of the course are.
    """

    hands_in: Literal["py", "notebook"] = "py"
    starter: Mapping[str, bytes] = field(default_factory=committed_starter, repr=False)
    zone: ZoneInfo | None = None

    @cached_property
    def contract(self) -> Mapping:
        """What students are to define; see `checkkit.cells`."""
        return contract_in(self.starter)

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The names of the files in which students write."""
        return tuple(sorted(f"{name}.py" for name, own in self.contract.items() if own["stubs"]))


def policy_of(course: Course) -> IntakePolicy:
    """How submissions of this course are read."""
    zone = ZoneInfo(course.timezone) if course.timezone else None
    return IntakePolicy(course.hands_in, started_from(course), zone)

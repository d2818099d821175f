"""The steps of docs/guide.md that add a task."""

import re
from dataclasses import dataclass

from autograder.config.paths import REPOSITORY

GUIDE = REPOSITORY.guide
HEADING = "## Add a task"
# What a step says right before its block, and the block.
STEP = re.compile(
    r"(?P<verb>Append to|Write|Change|Run)(?: `(?P<file>[^`]+)`)?:\n\n```\w*\n(?P<block>.*?)```",
    re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """One thing to do: to `file`, or, where that is None, commands to run."""

    verb: str
    file: str | None
    block: str


def steps() -> list[Step]:
    """The steps of the example, in order."""
    example = GUIDE.read_text().partition(HEADING)[2]
    return [Step(**found.groupdict()) for found in STEP.finditer(example)]

"""Whether everything is there that `autograder/config/paths.py` names.

Imports next to nothing: it runs before the rest is imported, which a renamed folder may break.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.findings import Finding
from autograder.config import paths
from autograder.config.paths import NAMED_IN, Repository


def missing_findings(root: Path) -> Iterator[Finding]:
    """Each folder that is missing or holds nothing of what it should, each file that is missing."""
    for attribute, missing in Repository(root).missing():
        problem = f"{missing.path.relative_to(root).as_posix()} {missing.problem}"
        advice = "put it back, or name here where it is"
        yield Finding(NAMED_IN, _line_of(attribute), f"{problem}: {advice}")


def _line_of(attribute: str) -> int:
    lines = inspect.getsource(paths).splitlines()
    return next(n for n, line in enumerate(lines, 1) if re.match(rf"\s+{attribute} = ", line))

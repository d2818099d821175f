"""What students would read of the mistakes that visible checks see: no more than they may.

Of hidden checks they read nothing; that is held by the reports, not here.
"""

import re
from collections.abc import Iterator, Mapping

from autograder.grading.judging.checks import Check

from .judging import Ending

LONGEST = 1500
MOST_NUMBERS = 16
NUMBER = r"[-+]?\d[\d.]*(?:e[-+]?\d+)?"
TOO_MUCH = {
    "an array": re.compile(r"\b(?:array|tensor)\(|\[\["),
    "a long row of numbers": re.compile(rf"{NUMBER}(?:[,\s]+{NUMBER}){{{MOST_NUMBERS},}}"),
    "code of a check": re.compile(r"\bassert \w|\bdef |>>>|checkkit/verdicts|test_\w+\.py"),
    "what only staff have": re.compile(r"autograder|\bhidden_|test_hidden"),
}


def overshared(
    endings: Mapping[str, Ending], checks: Mapping[str, Check]
) -> Iterator[tuple[str, str]]:
    """Name and fault of each message of a visible check that shows too much, or nothing."""
    for name, ending in endings.items():
        if checks[name].hidden or not ending.kills:
            continue
        if not ending.message.strip():
            yield name, "says nothing"
        if len(ending.message) > LONGEST:
            yield name, f"{len(ending.message)} characters long"
        for what, pattern in TOO_MUCH.items():
            if found := pattern.search(ending.message):
                yield name, f"shows {what}: {found[0][:80]!r}"

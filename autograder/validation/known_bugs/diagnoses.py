"""Do the checks call mistakes by their names? Right, silent or wrong, for each entry."""

from collections import Counter
from collections.abc import Sequence

from .entries import Entry, KnownBug
from .judging import Row

GOAL = 0.8  # of the known mistakes that fail on numbers
NUMBERS = "known mistakes that fail on numbers"


def misleading(row: Row) -> list[str]:
    """The names that the entry does not list: every name, if the entry is right."""
    listed = row.entry.diagnosis if isinstance(row.entry, KnownBug) else ()
    return [name for name in row.diagnosed if name not in listed]


def diagnosis(row: Row) -> str:
    """One of "right", "silent" and "wrong"; a single misleading name makes it wrong."""
    return "wrong" if misleading(row) else "right" if row.diagnosed else "silent"


def by_group(rows: Sequence[Row]) -> dict[str, Counter[str]]:
    """How many entries of each group have which diagnosis."""
    groups: dict[str, Counter[str]] = {
        NUMBERS: Counter(),
        "known mistakes that fail otherwise": Counter(),
        "other bugs": Counter(),
        "right variants": Counter(),
    }
    for row in rows:
        if row.endings:
            groups[_group(row.entry)][diagnosis(row)] += 1
    return groups


def _group(entry: Entry) -> str:
    if not isinstance(entry, KnownBug):
        return "right variants"
    if not entry.bug:
        return "other bugs"
    return NUMBERS if entry.fails_by == "numbers" else "known mistakes that fail otherwise"


def share_right(counts: Counter[str]) -> str:
    """The share of right diagnoses in percent; nothing where there are no entries."""
    return f"{100 * counts['right'] / counts.total():.1f} %" if counts.total() else ""

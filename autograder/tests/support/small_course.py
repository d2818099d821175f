"""A small course in two assignments, and two who take it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from autograder.grading.intake import Student, SubmissionSource, source_at

DUE = datetime(2026, 12, 11, 23, tzinfo=UTC)
ANNA = Student("0042", "Anna Ames", "anna@example.org")
BERT = Student("0043", "Bert Böll", "bert@example.org")

COURSE = """\
late: {percent_per_day: 10, max_percent: 50, grace_minutes: 15}
assignments:
  - id: core
    title: Core
    points: 10
    due: 2026-12-12T00:00:00+01:00
    parts:
      - id: part1
        title: Part 1
        tasks:
          - {id: first, title: First, points: 4}
          - {id: second, title: Second, points: 6}
  - id: essay
    title: Essay
    points: 2
    due: 2026-12-14T00:00:00+01:00
    parts:
      - id: words
        title: Words
        tasks:
          - {id: third, title: Third, kind: manual, points: 2, marking: 2 for words}
"""


def written(folder: Path, tables: Mapping[str, str | bytes]) -> dict[str, Path]:
    """Tables as files, by their names."""
    paths = {name: folder / f"{name}.csv" for name in tables}
    for name, text in tables.items():
        paths[name].write_bytes(text if isinstance(text, bytes) else text.encode())
    return paths


def handed_in(name: str, *students: Student) -> SubmissionSource:
    """A submission of these students."""
    return replace(source_at(name, Path(name)), students=students)


CLASS = (handed_in("pair", ANNA, BERT), handed_in("submission_1"))

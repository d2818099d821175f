"""The adjustments of a batch, and the copies of their tables in the results folder.

A later run without tables uses those copies, so users need not give them again.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.config import Course
from autograder.config.files import write_bytes_whole
from autograder.grading.intake import SubmissionSource

from .adjustments import Adjustments, read_adjustments

TABLES = ("manual", "override", "extensions", "times")


def load_adjustments(
    output: Path,
    given: Mapping[str, Path | None],
    course: Course,
    submissions: Sequence[SubmissionSource],
) -> tuple[Adjustments, list[str]]:
    """The adjustments of this run, and notices for the user.

    Args:
        given: paths of tables by their names in `TABLES`; a missing one is taken from `output`,
            if an earlier run saved it there.

    Raises:
        BadTable: with all errors in the tables.
    """
    saved = {name: _saved(output, name) for name in TABLES if _saved(output, name).exists()}
    tables = saved | {name: path for name, path in given.items() if path}
    notices = [
        f"{path}: used again, as in the last run; delete it or give --{name} to change that"
        for name, path in saved.items()
        if tables[name] == path
    ]
    adjustments, ignored = read_adjustments(tables, course, submissions)
    points = {task.id: task.points for task in course.tasks}
    bonuses = [
        f"{override.place}: {override.score:g} of {points[task]:g} points of {task}, a bonus"
        for (_, task), override in adjustments.overrides.items()
        if override.score > points[task]
    ]
    return adjustments, [*notices, *ignored, *bonuses]


def save_tables(output: Path, given: Mapping[str, Path | None]) -> None:
    """Copy the tables of this run into the results folder."""
    for name, path in given.items():
        if path and path.absolute() != _saved(output, name).absolute():
            write_bytes_whole(_saved(output, name), path.read_bytes())


def _saved(output: Path, name: str) -> Path:
    return output / f"{name}.csv"

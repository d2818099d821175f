"""The adjustments of a batch, and the copies of their tables in the results folder.

A later run without tables uses those copies, so users need not give them again. One with a table
adds its rows to the copy, and replaces those about the same student and the same task or
assignment: two people may mark half of a class each.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.config import Course
from autograder.config.files import write_bytes_whole
from autograder.grading.intake import SubmissionSource
from checkkit.points import written

from .adjustments import Adjustments, adjustments_of, merged
from .grades_csv import csv_text
from .staff_tables import COLUMNS, read_tables


def load_adjustments(
    output: Path,
    given: Mapping[str, Path | None],
    course: Course,
    submissions: Sequence[SubmissionSource],
) -> tuple[Adjustments, list[str], dict[str, bytes]]:
    """The adjustments of this run, notices for the user, and the tables that are to be saved.

    Args:
        given: paths of tables by their names in `COLUMNS`; what an earlier run saved in `output`
            counts too.

    Raises:
        BadTable: with all errors in the tables.
    """
    paths = {name: path for name, path in given.items() if path}
    saved = {
        name: path
        for name in COLUMNS
        if (path := _saved(output, name)).exists()
        and not (name in paths and path.absolute() == paths[name].absolute())
    }
    now, before = read_tables(paths, course), read_tables(saved, course)
    tables = merged(before, now, submissions)
    notices, contents = [], {}
    for name, path in saved.items():
        if name not in paths:
            notices.append(
                f"{path}: used again, as in the last run; delete it or its rows to change that"
            )
        elif kept := len(tables[name]) - len(now[name]):
            rows = "1 row is" if kept == 1 else f"{kept} rows are"
            notices.append(
                f"{path}: {rows} kept that {paths[name]} does not name; to remove one, "
                "delete it there"
            )
            contents[name] = _text(COLUMNS[name], [one.cells for one in tables[name].values()])
    contents = {name: path.read_bytes() for name, path in paths.items()} | contents
    adjustments, ignored = adjustments_of(tables, submissions)
    points = {task.id: task.points for task in course.tasks}
    bonuses = [
        f"{override.place}: {written(override.score)} of {written(points[task])} points of {task}, "
        "a bonus"
        for (_, task), override in adjustments.overrides.items()
        if override.score > points[task]
    ]
    return adjustments, [*notices, *ignored, *bonuses], contents


def save_tables(output: Path, contents: Mapping[str, bytes]) -> None:
    """Write the tables of this run into the results folder."""
    for name, content in contents.items():
        write_bytes_whole(_saved(output, name), content)


def _text(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """Rows of several files as one, with the columns of all."""
    names = [*dict.fromkeys([*columns, *(name for row in rows for name in row if name)])]
    return csv_text([names, *([row.get(name, "") for name in names] for row in rows)]).encode()


def _saved(output: Path, name: str) -> Path:
    return output / f"{name}.csv"

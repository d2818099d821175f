"""What people say of a batch: scores that they give, overrides, extensions, and where it is kept.

The tables that a run is given are kept beside its results, and a later run without them goes by
those: whoever grades again need not remember them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.config import Course
from autograder.config.files import write_bytes_whole
from autograder.grading.intake import SubmissionSource

from .adjustments import Adjustments, read_adjustments

TABLES = ("manual", "override", "extensions")


def load_adjustments(
    output: Path,
    given: Mapping[str, Path | None],
    course: Course,
    submissions: Sequence[SubmissionSource],
) -> tuple[Adjustments, list[str]]:
    """What counts in this run, and what to tell whoever started it.

    Args:
        given: paths of tables by their names in `TABLES`; one that is left out is taken from
            `output`, where an earlier run kept it.

    Raises:
        BadTable: with everything that is wrong in the tables.
    """
    paths, told = {}, []
    for name in TABLES:
        kept = _kept(output, name)
        paths[name] = given.get(name) or (kept if kept.exists() else None)
        if paths[name] == kept:
            told.append(f"{kept}: counts as in the run before; remove it, or give --{name} anew")
    manual, override, extensions = (paths[name] for name in TABLES)
    read = read_adjustments(manual, override, extensions, course)
    adjustments, rows = read.settled(submissions)
    return adjustments, [*told, *rows, *_above(adjustments, course)]


def _above(adjustments: Adjustments, course: Course) -> list[str]:
    """Overrides by which somebody gets more than there is: bonuses, or slips of the pen."""
    points = {task.id: task.points for task in course.tasks}
    return [
        f"{said.place}: {said.score:g} of {points[task]:g} points of {task}, counted as a bonus"
        for (_, task), said in adjustments.overrides.items()
        if said.score > points[task]
    ]


def save_tables(output: Path, given: Mapping[str, Path | None]) -> None:
    """Keep the tables of this run beside its results."""
    for name, path in given.items():
        if path and path.absolute() != _kept(output, name).absolute():
            write_bytes_whole(_kept(output, name), path.read_bytes())


def _kept(output: Path, name: str) -> Path:
    return output / f"{name}.csv"
